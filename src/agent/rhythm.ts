import { later, type Planned, soon } from './turns.ts';

/** When the agent looks at the kernel's ring: often while events come, and not at all while none do. */
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

export type RhythmParts = {
  /** One turn of reading, of bounded length. */
  turn(): { readonly records: number; readonly isEmpty: boolean };
  /** Sends what has gathered. */
  flush(): void;
  /** Tells the producers: the next record must wake us. One that is on its way already may not. */
  announceSleep(): void;
  readonly rings: readonly Wakeful[];
  /** Ms, of a clock that only goes forward. */
  readonly now?: () => number;
};

/** The ring is looked at: a wake-up per event would cost the traced processes more than the event itself. */
const LOOK_MS = 10;
/** Empty looks before the agent sleeps. */
const EMPTY_LOOKS = 4;
/** Batches leave at most this often. */
const FLUSH_MS = 30;

export function createRhythm({
  turn,
  flush,
  announceSleep,
  rings,
  now = () => performance.now(),
}: RhythmParts): Rhythm {
  let lastFlush = 0;
  let emptyLooks = 0;
  /** Since the last flush. */
  let hasGathered = false;
  /** The producers know; the look after that finds those who didn't yet. */
  let isAnnounced = false;
  let isAsleep = false;
  let isClosed = false;
  let next: Planned | undefined;

  const cancel = () => {
    next?.cancel();
    next = undefined;
    if (isAsleep) for (const ring of rings) ring.stopWaiting();
    isAsleep = false;
  };

  const sleep = () => {
    isAsleep = true;
    for (const ring of rings) ring.whenFilled(wakeUp);
  };

  const planNext = (isEmpty: boolean) => {
    if (isClosed) return;
    // What is left is next, behind all that the agent was told meanwhile.
    if (!isEmpty) next = soon(look);
    else if (emptyLooks < EMPTY_LOOKS || hasGathered) next = later(look, LOOK_MS);
    else if (isAnnounced) sleep();
    else {
      isAnnounced = true;
      announceSleep();
      next = later(look, LOOK_MS);
    }
  };

  const look = () => {
    cancel();
    const { records, isEmpty } = turn();
    if (records > 0) stir();
    else emptyLooks += 1;
    const time = now();
    if (time - lastFlush >= FLUSH_MS) {
      lastFlush = time;
      hasGathered = false;
      flush();
    }
    planNext(isEmpty);
  };

  const stir = () => {
    emptyLooks = 0;
    hasGathered = true;
    isAnnounced = false;
  };

  /** The ring may be readable before its record is: then it is looked at by time again, not at once for ever. */
  const wakeUp = () => {
    stir();
    look();
  };

  next = later(look, LOOK_MS);
  return {
    look,
    wake() {
      stir();
      if (!isAsleep) return;
      cancel();
      next = soon(look);
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
