import { release } from 'node:os';
import { resolve } from 'node:path';
import type { Fact } from '../../events/facts.ts';
import { TargetError } from '../export/targetError.ts';
import type { FromAgent, RecordedMark, TreeProcess } from '../messages.ts';
import { inPieces } from '../pieces.ts';
import type { FileOwner } from '../sudoUser.ts';
import type { Tap } from '../taps.ts';
import { type Backlog, createBacklog, PAUSE_MS } from './backlog.ts';
import { encodeRecordingLine, type RecordingLine } from './format.ts';
import { createKnown, LINE, type News, PARTS, type Part } from './known.ts';
import { createOpening } from './opening.ts';
import { createRecordingFile, RECORDING_ROOM, type RecordingFile } from './recordingFile.ts';

/** Writes the session into a file: format.ts. */
export type Recorder = Tap & {
  /** Whatever the agent tells: of policies also what it told before the recording began. */
  hear(message: FromAgent): void;
  /**
   * Begins another recording, or ends the one there is; what goes wrong is told.
   *
   * @param owner by default the options'
   */
  record(path: string | undefined, owner?: FileOwner | string): void;
  /** Of the recording there is. */
  mark(mark: RecordedMark, isSet: boolean): void;
};

export type RecorderOptions = {
  readonly node: string;
  readonly tell: (message: FromAgent) => void;
  /** Those that run now, and what has been learnt so far. */
  readonly processes: () => readonly TreeProcess[];
  readonly facts: () => Iterable<Fact>;
  /** Whose files they are; words: it can't be told whose. */
  readonly owner: FileOwner | string | undefined;
  /** Ms, of a clock that only goes forward. */
  readonly now?: () => number;
};

const TELL_MS = 500;
/** Characters that are made between two looks at the kernel's ring, of what is known beside events. */
const A_TURN = 512 << 10;
/** Beside events nothing takes more of the room: events can't be had again. */
const ROOM_BESIDE = RECORDING_ROOM / 2;
const FACTS = { most: 128 << 10, mostOfOne: 256 << 10 };
/** Facts that found no room; if there are more, all are told again. */
const MOST_MISSED = 4096;

/**
 * @param path recorded into from the start; undefined: into nothing yet
 * @throws TargetError it can't be
 */
export function createRecorder(
  { node, tell, processes, facts, owner: self, now = () => performance.now() }: RecorderOptions,
  path?: string,
): Recorder {
  let file: RecordingFile | undefined;
  /** Written, or waiting to be. */
  let events = 0;
  let toldAt = 0;
  /** Of recordings that are over, and what was too large for any. */
  let lostBefore = 0;
  const onTooLarge = () => {
    lostBefore += 1;
  };
  const known = createKnown(onTooLarge);
  /** Parts of which a line found no room: they are told anew as a whole. */
  const missing = new Set<Part>();
  let missed: Fact[] = [];
  /** Too many facts were missed: all are told again. */
  let isMissingFacts = false;
  let retryAt = 0;
  let backlog: Backlog | undefined;
  let isEnding = false;
  const opening = createOpening();
  const closing = new Set<Promise<void>>();

  const offer = (line: RecordingLine): boolean =>
    file === undefined || file.offer(encodeRecordingLine(line));
  const note = (news: readonly News[]) => {
    // What is missing comes whole later.
    for (const { part, lines } of news) if (!missing.has(part) && !lines.every(offer)) putOff(part);
  };
  const putOff = (part: Part) => {
    missing.add(part);
    retryAt = now() + PAUSE_MS;
  };

  const factLines = (some: Iterable<Fact>) => linesOf(inPieces(some, FACTS, onTooLarge));
  const noteFacts = (some: readonly Fact[]) => {
    for (const piece of inPieces(some, FACTS, onTooLarge)) {
      // Behind those that wait: a newer one must come later.
      const isNext = missed.length === 0 && backlog?.isEmpty === true && !isMissingFacts;
      if (isNext && offer({ kind: 'facts', facts: piece })) continue;
      if (isNext) retryAt = now() + PAUSE_MS;
      if (!isMissingFacts) missed.push(...piece);
      if (missed.length <= MOST_MISSED) continue;
      missed = [];
      isMissingFacts = true;
    }
  };

  /** Those that ran at the start; who had to wait for room is left out if it has ended meanwhile. */
  function* processLines(rows: readonly TreeProcess[]): Generator<RecordingLine> {
    let [running, lookedAt]: [ReadonlySet<string> | undefined, number] = [undefined, now()];
    for (const piece of inPieces(rows, LINE, onTooLarge)) {
      if (now() - lookedAt >= PAUSE_MS) {
        running = new Set(processes().map(({ key }) => key));
        lookedAt = now();
      }
      yield {
        kind: 'processes',
        processes: running ? piece.filter(({ key }) => running?.has(key)) : piece,
      };
    }
  }

  /** What found no room is told again when there is some. */
  const repair = () => {
    for (const part of PARTS)
      if (missing.delete(part) && !known.lines(part, true).every(offer)) return putOff(part);
    if (!backlog?.isEmpty) return;
    if (isMissingFacts) backlog.add(factLines(facts()));
    else if (missed.length > 0) backlog.add(factLines(missed));
    isMissingFacts = false;
    missed = [];
  };
  /** All there is room for: there is no later. */
  const finish = () => {
    backlog?.run(RECORDING_ROOM, true);
    repair();
    backlog?.run(RECORDING_ROOM, true);
    return missing.size === 0 && missed.length === 0 && backlog?.isEmpty === true;
  };

  const tellState = (error = file?.trouble) => {
    toldAt = now();
    tell({
      type: 'recording',
      path: file?.path,
      events,
      bytes: file?.bytes ?? 0,
      ...(error === undefined ? {} : { error }),
    });
  };

  /** @param error why it ends by itself */
  const end = (error?: string) => {
    const ended = file;
    if (!ended) return;
    isEnding = true;
    if (!finish()) {
      const text = `recording: ${ended.path} has not all that was known beside its events: there was no room`;
      tell({ type: 'notice', level: 'warning', text });
    }
    ended.add(encodeRecordingLine({ kind: 'end', events }));
    file = undefined;
    backlog = undefined;
    lostBefore += ended.dropped;
    const written = events;
    const work = ended.close().then(
      (unwritten) => {
        lostBefore += unwritten;
        // Another one may have begun.
        if (!file)
          tell({
            type: 'recording',
            path: undefined,
            events: Math.max(0, written - unwritten),
            bytes: ended.bytes,
            ...(error === undefined ? {} : { error }),
          });
      },
      () => undefined,
    );
    closing.add(work);
    void work.then(() => closing.delete(work));
  };

  /** @throws TargetError */
  const begin = (name: string, owner: FileOwner | undefined) => {
    const made = createRecordingFile({
      path: resolve(name),
      owner,
      notice: (level, text) => tell({ type: 'notice', level, text }),
      ended(reason) {
        if (file !== made) return;
        tell({
          type: 'notice',
          level: 'warning',
          text: `recording: ${made.path} has ended: ${reason}`,
        });
        end(reason);
      },
      now,
    });
    end();
    file = made;
    events = 0;
    missing.clear();
    missed = [];
    isMissingFacts = false;
    isEnding = false;
    known.forgetMarks();
    backlog = createBacklog({
      encode: encodeRecordingLine,
      write: (line) => (isEnding || made.waiting + line.length < ROOM_BESIDE) && made.offer(line),
      now,
    });
    offer({ kind: 'begin', version: 1, node, kernel: release(), startedAt: Date.now() });
    backlog.add(processLines(processes()));
    // Before the first event, as long as they leave it room.
    backlog.run(RECORDING_ROOM);
    for (const part of BEFORE) if (!known.lines(part, false).every(offer)) putOff(part);
    backlog.add(factLines(facts()));
    backlog.run(A_TURN);
  };

  const refuse = (error: TargetError) => {
    const text = `${error.message}; ${error.remedy}`;
    if (file) tell({ type: 'notice', level: 'warning', text });
    else tellState(text);
  };

  if (path !== undefined) begin(path, knownOwner(self));

  return {
    name: 'recording',
    get isOpen() {
      return file !== undefined;
    },
    add(event) {
      if (file?.add(event.whole())) events += 1;
    },
    flush() {
      if (!file) return;
      if (now() >= retryAt && file.waiting < ROOM_BESIDE) repair();
      backlog?.run(A_TURN);
      file.run();
      if (now() - toldAt >= TELL_MS) tellState();
    },
    lost: () => ({ exportFile: lostBefore + (file?.dropped ?? 0) }),
    async close() {
      opening.cancel();
      end();
      await Promise.all(closing);
    },
    hear(message) {
      note(known.hear(message));
      if (message.type === 'facts' && file) noteFacts(message.facts);
    },
    record(name, owner = self) {
      opening.cancel();
      if (name === undefined) return end();
      opening.open(
        name,
        () => {
          begin(name, knownOwner(owner));
          tellState();
        },
        refuse,
      );
    },
    mark(mark, isSet) {
      if (file) note(known.mark(mark, isSet));
    },
  };
}

/** What is known at the start beside processes, facts, and marks, which come from the screens. */
const BEFORE: readonly Part[] = ['policies', 'states', 'lost'];

function* linesOf(pieces: Iterable<readonly Fact[]>): Generator<RecordingLine> {
  for (const facts of pieces) yield { kind: 'facts', facts };
}

/** undefined: we are who we are. @throws TargetError */
function knownOwner(owner: FileOwner | string | undefined): FileOwner | undefined {
  if (typeof owner === 'string')
    throw new TargetError(`recording: ${owner}`, 'give SUDO_UID and SUDO_GID, or neither');
  return owner?.uid === process.geteuid?.() ? undefined : owner;
}
