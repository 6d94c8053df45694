import type { Event } from '../../events/types.ts';
import type { Playback, PlaybackAction } from '../messages.ts';
import type { RecordingLine } from '../recording/format.ts';
import { type Entry, readEntry } from './entry.ts';
import type { Line } from './lines.ts';
import { createPace } from './pace.ts';
import { createBell, type Pull } from './pull.ts';
import type { Lines } from './reader.ts';
import { createTimeIndex } from './timeIndex.ts';

/** Where what is played goes. */
export type Stage = {
  /**
   * @param line the event as it was read
   * @param time ns since the epoch
   * @param isShown false: another comes soon that takes its place on the screen, only the models need it
   */
  event(event: Event, line: Uint8Array, time: bigint, isShown: boolean): void;
  recorded(line: RecordingLine): void;
  /** A line that is no event. */
  bad(input: string, line: number, reason: string): void;
  /** All so far is void. */
  restart(): void;
  /** Resolves when there is room for more. */
  room(): Promise<void>;
  /** The end of all input has been reached, for the first time. */
  ended(): void;
  /** It can't go back. */
  refuse(): void;
};

export type Player = {
  /** Resolves when it was stopped. */
  run(): Promise<void>;
  act(action: PlaybackAction): void;
  /** More input has been asked for than there is at the moment. */
  onWaiting(): void;
  playback(): Omit<Playback, 'title' | 'isRecording'>;
  stop(): void;
};

export type PlayerOptions = {
  /** All lines from the beginning. */
  open(): Pull<Lines>;
  /** It can be read from the beginning again. */
  canGoBack(): boolean;
  readonly isGrowing: boolean;
  readonly speed: number;
  /** Long gaps are played as long as they were. */
  readonly hasRealGaps: boolean;
  /** Time of the last event as far as it is known, ns since the epoch; 0n: not at all. */
  readonly end: bigint;
  /** Events that the screen can hold: of a way back over more, only the last so many are shown. */
  readonly shown: number;
};

/** Played at a time, before messages are looked at. */
const SLICE_MS = 10;
/** Events between looks at the clock. */
const LOOK_EVERY = 16;

/** What is played up to, as fast as it goes: a number of events, a time, or the end. */
type Goal = { readonly count: number } | { readonly time: bigint } | 'end';

type EventEntry = Extract<Entry, { kind: 'event' }>;
type Head = { readonly event: Event; readonly line: Uint8Array; readonly time: bigint };

export function createPlayer(options: PlayerOptions, stage: Stage): Player {
  const bell = createBell();
  const pace = createPace(options.hasRealGaps);
  const index = createTimeIndex();
  let reader = options.open();
  let reading: Promise<Lines | undefined> | undefined;
  let lines: readonly Line[] = [];
  let input = '';
  let next = 0;
  /** The event that comes next, read already. */
  let head: Head | undefined;
  let goal: Goal | undefined;
  let isPlaying = true;
  let isStopped = false;
  let isAtEnd = false;
  let isRead = false;
  let speed = options.speed;
  let isOpening = true;
  let played = 0;
  let shownFrom = 0;
  /** Of the first event, the one played last, the latest played, the latest known. */
  let [start, at, latest, end] = [0n, 0n, 0n, options.end];
  let total = 0;
  let badLines = 0;
  /** Lines that were told as bad: not again when they are read again. */
  let badTold = 0;

  const isActive = () => !isStopped && (isPlaying || goal !== undefined);

  const begin = () => {
    reader.close();
    reader = options.open();
    reading = undefined;
    lines = [];
    next = 0;
    head = undefined;
    isAtEnd = false;
    played = 0;
    badLines = 0;
    at = start;
    latest = 0n;
    pace.forget();
    stage.restart();
  };

  /** @param target to be reached from the beginning */
  const goBack = (target: { readonly count: number } | { readonly time: bigint }) => {
    if (!options.canGoBack()) return stage.refuse();
    const count = 'count' in target ? target.count : index.before(target.time);
    shownFrom = Math.max(0, count - options.shown);
    goal = 'count' in target && target.count === 0 ? undefined : target;
    begin();
  };

  const reach = () => {
    goal = undefined;
    pace.forget();
  };

  const onBad = (number: number, reason: string) => {
    badLines += 1;
    if (badLines <= badTold) return;
    badTold = badLines;
    stage.bad(input, number, reason);
  };

  /** Reads on to the next event among the lines that are here; false: there is none. */
  const findHead = (): boolean => {
    while (!head && next < lines.length) {
      const line = lines[next];
      next += 1;
      if (!line) break;
      const entry = readEntry(line);
      switch (entry.kind) {
        case 'event':
          head = headOf(entry, line.bytes);
          break;
        case 'recorded':
          stage.recorded(entry.line);
          break;
        case 'bad':
          onBad(line.number, entry.reason);
          break;
        case 'cut':
          onBad(line.number, 'cut off at the end of the file');
          break;
        case 'blank':
      }
    }
    return head !== undefined;
  };

  /** An event without a time has that of the one before. */
  const headOf = ({ event }: EventEntry, line: Uint8Array): Head => ({
    event,
    line,
    time: event.time ?? at,
  });

  const play = ({ event, line, time }: Head) => {
    head = undefined;
    played += 1;
    if (played === 1) start = time;
    at = time;
    if (time > latest) latest = time;
    if (time > end) end = time;
    if (played > total) {
      total = played;
      index.add(played, latest);
    }
    stage.event(event, line, time, played > shownFrom);
    if (goal === undefined || goal === 'end') return;
    if ('count' in goal ? played >= goal.count : time >= goal.time) reach();
  };

  /** Plays what is here, for a moment. @returns ms until the next is due; 0: at once */
  const playSome = (): number => {
    const until = performance.now() + SLICE_MS;
    for (let count = 1; isActive() && findHead() && head; count++) {
      if (goal === undefined && Number.isFinite(speed)) {
        const wait = pace.wait(head.time, speed, performance.now());
        if (wait > 0) return wait;
      }
      play(head);
      if (count % LOOK_EVERY === 0 && performance.now() > until) break;
    }
    return 0;
  };

  const onEnd = () => {
    if (isOpening && speed === Number.POSITIVE_INFINITY) speed = 1;
    isOpening = false;
    isAtEnd = true;
    goal = undefined;
    isPlaying = false;
    if (!isRead) stage.ended();
    isRead = true;
  };

  /** Waits for the next lines, or until something else happens. */
  const readOn = async () => {
    const from = reader;
    reading ??= from.next();
    const some = await Promise.race([reading.then((value) => ({ value })), bell.wait()]);
    if (!some || reader !== from) return;
    reading = undefined;
    if (!some.value) return onEnd();
    ({ lines, input } = some.value);
    next = 0;
  };

  const waitFor = async (ms: number) => {
    const timer = setTimeout(bell.ring, Math.min(ms, MAX_TIMER_MS));
    await bell.wait();
    clearTimeout(timer);
  };

  const moveTo = (time: bigint) => {
    isPlaying = false;
    if (played === 0 || time > latest) {
      if (!isAtEnd) goal = { time };
    } else goBack({ time });
  };

  const playOn = () => {
    isPlaying = true;
    if (isAtEnd) goBack({ count: 0 });
  };

  /** Where the steps before this one lead: keys are pressed faster than it plays. */
  const wanted = (): number =>
    goal !== undefined && goal !== 'end' && 'count' in goal ? goal.count : played;

  const stepBack = () => {
    const count = wanted() - 1;
    if (count > played) goal = { count };
    else if (count === played) goal = undefined;
    else if (count >= 0) goBack({ count });
  };

  const onAction = (action: PlaybackAction) => {
    // All at once is how it was opened; who then plays on wants to see something.
    if (isOpening && speed === Number.POSITIVE_INFINITY) speed = 1;
    isOpening = false;
    switch (action.do) {
      case 'play':
        return playOn();
      case 'pause':
        isPlaying = false;
        goal = undefined;
        return;
      case 'step':
        isPlaying = false;
        if (!isAtEnd) goal = { count: wanted() + 1 };
        return;
      case 'step-back':
        isPlaying = false;
        return stepBack();
      case 'to-start':
        isPlaying = false;
        return goBack({ count: 0 });
      case 'to-end':
        if (!isAtEnd) goal = 'end';
        return;
      case 'speed':
        if (action.speed > 0) speed = action.speed;
        return;
      case 'seek':
        return moveTo(action.time);
    }
  };

  return {
    async run() {
      while (!isStopped) {
        if (!isActive()) {
          await bell.wait();
          continue;
        }
        if (head || findHead()) {
          const wait = playSome();
          if (wait > 0) await waitFor(wait);
          else await stage.room();
        } else await readOn();
      }
      reader.close();
    },
    act(action) {
      onAction(action);
      pace.forget();
      bell.ring();
    },
    onWaiting() {
      if (goal === undefined) return;
      // That is the end, for now: what comes is shown as it comes.
      isPlaying ||= goal === 'end';
      goal = undefined;
    },
    playback: () => ({
      ...{ isPlaying, speed, start, at, end, played, total },
      ...{ isRead, isFollowing: options.isGrowing && !isAtEnd, badLines },
    }),
    stop() {
      isStopped = true;
      bell.ring();
    },
  };
}

/** Of setTimeout. */
const MAX_TIMER_MS = 2 ** 31 - 1;
