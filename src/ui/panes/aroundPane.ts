import { posix } from 'node:path';
import type { FilterSubject } from '../../events/filter/language.ts';
import { escapeText } from '../../events/text.ts';
import type { PackedEvent } from '../../events/wire/packed.ts';
import { type CommandId, keyText } from '../commands.ts';
import type { Look } from '../look.ts';
import { slices } from '../slices.ts';
import { type AppState, say } from '../state.ts';
import { type Around, createAround } from '../store/around.ts';
import { scrollTop } from '../store/listPlace.ts';
import { programOf } from '../store/programOf.ts';
import { millisecondsText } from '../store/timeText.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine } from '../text/line.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import { type FindRows, moveIn, moveOf, type PaneSize } from './pane.ts';
import type { StreamRows } from './streamRows.ts';

/** In the stream's place: what happened around one event. */
export type AroundPane = {
  readonly isOpen: boolean;
  /** False: the event is gone. */
  open(center: number): boolean;
  /** False: it wasn't open. */
  close(): boolean;
  lines(size: PaneSize): string[];
  position(size: PaneSize): string;
  run(command: CommandId, size: PaneSize): boolean;
  cursorNumber(): number | undefined;
  /** The cursor to the event. */
  goTo(number: number): void;
  /** @param subject of an event's number */
  findRows(subject: (number: number) => FilterSubject | undefined): FindRows;
  /** Numbers of all its events that are still held. */
  numbers(): readonly number[];
  /** Numbers of the events on the screen. */
  shown(height: number): number[];
};

type Options = { state: AppState; rows: StreamRows; look: Look; repaint(): void };

/** Ms to each side, from key to key. */
const HALVES: readonly number[] = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000];
const FIRST_HALF = 2000;

const SHELLS: ReadonlySet<string> = new Set(
  'ash bash csh dash elvish fish ksh mksh nu pwsh rbash sh tcsh yash zsh'.split(' '),
);

const GONE = 'the event in the middle has left the ring meanwhile';

type Open = {
  readonly center: number;
  readonly halfMs: number;
  readonly isTreeOnly: boolean;
  readonly search: Around;
  readonly title: string;
};

export function createAroundPane({ state, rows, look, repaint }: Options): AroundPane {
  const { store } = state;
  let open: Open | undefined;
  /** Number of the event with the cursor. */
  let cursor = 0;
  let top = 0;
  let isDone = false;
  /** The cursor hasn't been moved yet: it stands in the middle, between what came before and after. */
  let isCentered = true;

  const nameOf = (packed: PackedEvent): string => programOf(packed, rows.context);

  /** `curl (4711)` */
  const processText = (pid: number, packed: PackedEvent | undefined): string => {
    const name = escapeText(packed ? posix.basename(nameOf(packed)) : '');
    if (name === '') return String(pid);
    return `${look.ascii ? escapeNonAscii(name) : name} (${pid})`;
  };

  const start = (center: number, halfMs: number, isTreeOnly: boolean): boolean => {
    const packed = store.get(center);
    if (!packed) return false;
    const search = createAround({
      ...{ events: store, center, halfMs, isTreeOnly },
      isShell: (event) => SHELLS.has(posix.basename(nameOf(event))),
    });
    const process = packed.tgid === 0 ? '' : ` ${processText(packed.tgid, packed)}`;
    const title = `${millisecondsText(packed.time)}${process}`;
    open = { center, halfMs, isTreeOnly, search, title };
    isDone = false;
    isCentered = true;
    return true;
  };

  const { work, stop } = slices.start({
    slice(isOver) {
      isDone = open?.search.work(isOver) ?? true;
      return isDone;
    },
    onProgress: repaint,
  });

  /** Those that are still held. */
  const numbers = (): readonly number[] => {
    const all = open?.search.numbers ?? [];
    const gone = indexOf(all, store.first);
    return gone === 0 ? all : all.slice(gone);
  };

  const settle = (all: readonly number[], height: number): number => {
    const last = Math.max(0, all.length - 1);
    const index = Math.min(indexOf(all, cursor), last);
    const wanted = isCentered ? index - Math.floor(height / 2) : top;
    top = scrollTop(wanted, index, { length: all.length, rows: height });
    return index;
  };

  /** What was clicked stays below the pointer, and a match that is in sight where it is. */
  const goTo = (number: number) => {
    isCentered = false;
    cursor = number;
  };

  const stretch = (by: 1 | -1): boolean => {
    if (!open) return false;
    const { halfMs, center, isTreeOnly } = open;
    const wanted = HALVES[HALVES.indexOf(halfMs) + by];
    if (wanted === undefined) {
      const sign = look.ascii ? '+/-' : '±';
      say(state, `${sign}${halfMs / 1000} s is the ${by === 1 ? 'longest' : 'shortest'} time`);
    } else if (!start(center, wanted, isTreeOnly)) say(state, GONE);
    return true;
  };

  const head = (count: number, width: number): string => {
    if (!open) return '';
    const { title, halfMs, isTreeOnly, search } = open;
    const { root } = search;
    const tree = root ? `tree of ${processText(root.pid, root.event)}` : 'same tree';
    const what = isTreeOnly ? tree : 'all processes';
    const found = isDone ? `${count} ${count === 1 ? 'event' : 'events'}` : 'searching';
    const cut = search.isCut ? ', older ones are gone' : '';
    const sign = look.ascii ? '+/-' : '±';
    const text = ` around ${title}, ${sign}${halfMs / 1000} s, ${what}: ${found}${cut}`;
    const time = `${keyText('around.wider')}/${keyText('around.narrower')} time`;
    const other = `${keyText('around.tree')} ${isTreeOnly ? 'all processes' : 'same tree'}`;
    const keys = ` · ${time} · ${other} · ${keyText('app.back')} back`;
    const room = Math.max(0, width - displayWidth(text));
    return renderLine(
      [
        { text: truncateColumns(text, width, { ellipsis: '…' }), style: look.theme['text.strong'] },
        { text: truncateColumns(keys, room, { ellipsis: '…' }), style: look.theme['text.dim'] },
      ],
      width,
    );
  };

  return {
    get isOpen() {
      return open !== undefined;
    },
    open(center) {
      const { halfMs = FIRST_HALF, isTreeOnly = true } = open ?? {};
      cursor = center;
      return start(center, halfMs, isTreeOnly);
    },
    close() {
      const wasOpen = open !== undefined;
      open = undefined;
      stop();
      return wasOpen;
    },
    lines({ width, height }) {
      work();
      const all = numbers();
      const room = Math.max(1, height - 1);
      const index = settle(all, room);
      const lines = all
        .slice(top, top + room)
        .map((number, row) => rows.line(number, top + row === index));
      if (lines.length === 0 && isDone)
        lines.push(
          renderLine([{ text: ' its events are gone', style: look.theme['text.dim'] }], width),
        );
      return [head(all.length, width), ...lines];
    },
    position() {
      const all = numbers();
      return all.length === 0 ? '' : `${indexOf(all, cursor) + 1} of ${all.length} `;
    },
    run(command, { height }) {
      if (!open) return false;
      const { center, halfMs, isTreeOnly } = open;
      if (command === 'around.wider') return stretch(1);
      if (command === 'around.narrower') return stretch(-1);
      if (command === 'around.tree') {
        if (!start(center, halfMs, !isTreeOnly)) say(state, GONE);
        return true;
      }
      const move = moveOf(command, Math.max(1, height - 1));
      const all = numbers();
      if (!move) return false;
      isCentered = false;
      cursor = all[moveIn(settle(all, height - 1), all.length, move)] ?? cursor;
      return true;
    },
    cursorNumber() {
      const all = numbers();
      return all[Math.min(indexOf(all, cursor), all.length - 1)];
    },
    goTo,
    numbers,
    findRows(subject) {
      const all = numbers();
      return {
        ...{ first: 0, next: all.length, at: indexOf(all, cursor), isFollowing: false },
        subject: (position) => subject(all[position] ?? -1),
        goTo: (position) => goTo(all[position] ?? cursor),
      };
    },
    shown: (height) => numbers().slice(top, top + height - 1),
  };
}

/** First index whose number is not lower. */
function indexOf(numbers: readonly number[], number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
