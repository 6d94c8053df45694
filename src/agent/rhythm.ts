import { later, type Planned, soon } from './turns.ts';

/** When the agent looks at the kernel's ring: now and then while events come, more often while many do, and not at all while none do. */
export type Rhythm = {
  /** Looks now. */
  look(): void;
  /** Something that is no record waits to be sent, or somebody for the ring to be read: looks soon, and goes on looking for a while. */
  wake(): void;
  /** For whoever is awake anyway, now and then: should the kernel have woken nobody, it looks. */
  remind(): void;
  /** Looks no more. */
  close(): void;
};

/** Rings that wake the agent when something is put into them. */
export type Wakeful = {
  /** Calls `act` once, as soon as something lies there. */
  whenFilled(act: () => void): void;
  /** Calls nothing any more. */
  stopWaiting(): void;
};

export type Turn = {
  readonly records: number;
  /** Nothing was left. */
  readonly isEmpty: boolean;
  /** What comes next must not lie for long: there is much of it, or it tells of what is soon gone. */
  readonly isUrgent: boolean;
};

export type RhythmParts = {
  /** One turn of reading, of bounded length. */
  turn(): Turn;
  /** Sends what has gathered. */
  flush(): void;
  /** Tells the producers: the next record must wake us. One that is on its way already may not. */
  announceSleep(): void;
  readonly rings: readonly Wakeful[];
  /** Ms, of a clock that only goes forward. */
  readonly now?: () => number;
};

/** Batches leave about this often. */
const FLUSH_MS = 30;
/**
 * The ring is looked at: a wake-up per event would cost the traced processes more than the event itself. A look costs as much as some
 * dozen records, most of it for waking up at all, and what is read leaves with the next batch: nothing is gained by looking more often.
 */
const LOOK_MS = FLUSH_MS;
/** While it is urgent, and to see whether the ring stays empty. */
const SOON_MS = 10;
/** Without a record the agent goes on looking for so long before it sleeps. */
const AWAKE_MS = 40;

export function createRhythm({
  turn,
  flush,
  announceSleep,
  rings,
  now = () => performance.now(),
}: RhythmParts): Rhythm {
  let lastFlush = 0;
  /** When there was something last. */
  let lastFound = 0;
  /** Since the last flush. */
  let hasGathered = false;
  /** The producers know; the look after that finds those who didn't yet. */
  let isAnnounced = false;
  let isAsleep = false;
  let isClosed = false;
  let next: Planned | undefined;
  /** When the next look is due; `Infinity`: none is. */
  let dueAt = Number.POSITIVE_INFINITY;

  const cancel = () => {
    next?.cancel();
    next = undefined;
    dueAt = Number.POSITIVE_INFINITY;
    if (isAsleep) for (const ring of rings) ring.stopWaiting();
    isAsleep = false;
  };

  const sleep = () => {
    isAsleep = true;
    for (const ring of rings) ring.whenFilled(wakeUp);
  };

  const plan = (ms: number, time: number) => {
    dueAt = time + ms;
    next = later(() => look(), ms);
  };

  const planNext = (isEmpty: boolean, isUrgent: boolean, time: number) => {
    if (isClosed) return;
    // What is left is next, behind all that the agent was told meanwhile.
    if (!isEmpty) next = soon(() => look());
    else if (hasGathered || time - lastFound < AWAKE_MS) plan(isUrgent ? SOON_MS : LOOK_MS, time);
    else if (isAnnounced) sleep();
    else {
      isAnnounced = true;
      announceSleep();
      plan(SOON_MS, time);
    }
  };

  const look = (isWoken = false) => {
    cancel();
    const found = turn();
    const time = now();
    if (found.records > 0) stir(time);
    // By the look after this one it would be later than that.
    const early = found.isEmpty ? SOON_MS / 2 : 0;
    if (time - lastFlush >= FLUSH_MS - early) {
      lastFlush = time;
      hasGathered = false;
      flush();
    }
    // Who was woken doesn't know how much is to come.
    planNext(found.isEmpty, found.isUrgent || isWoken, time);
  };

  const stir = (time: number) => {
    lastFound = time;
    hasGathered = true;
    isAnnounced = false;
  };

  /** The ring may be readable before its record is: then it is looked at by time again, not at once for ever. */
  const wakeUp = () => {
    stir(now());
    look(true);
  };

  plan(SOON_MS, now());
  return {
    look: () => look(),
    wake() {
      const time = now();
      stir(time);
      if (isAsleep) {
        cancel();
        next = soon(() => look());
      } else if (next && dueAt < Number.POSITIVE_INFINITY && dueAt > time + SOON_MS) {
        cancel();
        plan(SOON_MS, time);
      }
    },
    remind() {
      if (isAsleep) look();
    },
    close() {
      isClosed = true;
      cancel();
    },
  };
}
