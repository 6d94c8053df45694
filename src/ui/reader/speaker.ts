import { escapeText } from '../../events/text.ts';
import { type CommandId, keyText } from '../commands.ts';
import { createCoverLines } from '../coverLines.ts';
import type { Look } from '../look.ts';
import type { Painter } from '../painter.ts';
import type { Panes } from '../panes/all.ts';
import type { PaneSize } from '../panes/pane.ts';
import { sourceText } from '../source.ts';
import { type AppState, armedNow } from '../state.ts';
import { toAscii } from '../text/ascii.ts';
import { createModeWatch } from './modeWatch.ts';
import { playbackNews } from './playbackWords.ts';
import { narratorWords, type Scene, sceneOf } from './scene.ts';
import { durationWords, harmlessLine } from './words.ts';

/** Lines of new events a second; of more, their number. */
const MOST_EVENTS = 10;
const EVENTS_MS = 1000;
/** Words are said when no key has come for so long. */
const TYPING_MS = 600;
const MINUTE_MS = 60_000;

/** What a table, a page of help or a detail has on a screen of this size; nothing is drawn on one. */
export const READER_SIZE: PaneSize = { width: 160, height: 30 };

type Options = {
  state: AppState;
  panes: Panes;
  look: Look;
  node: string;
  write(text: string): void;
};

/**
 * In the painter's place, for screen readers: what has changed is said in lines that are only ever appended. The row with the cursor
 * is said when a key has moved it, not each time that a count in it changes.
 */
export function createSpeaker({ state, panes, look, node, write }: Options): Painter {
  const covers = createCoverLines({ state, panes, ...look, size: () => READER_SIZE });
  const modes = createModeWatch(state, panes);
  let timer: NodeJS.Timeout | undefined;
  let typingTimer: NodeJS.Timeout | undefined;
  let eventsAt = Number.NEGATIVE_INFINITY;
  let hasBegun = false;
  let scene: Scene | undefined;
  let typed: Pick<Scene, 'typed' | 'lines'> | undefined;
  /** A view was opened whose rows hadn't come yet. */
  let owesCurrent = false;
  let notice: AppState['notice'];
  let isPaused = false;
  let isReady = false;
  let played: ReturnType<typeof playbackNews>;
  let armed = '';
  let narration: readonly string[] = [];

  const aboutSource = (): string => {
    const { source, nodes } = state;
    return source.kind === 'agent' ? `on ${node}` : sourceText(source, nodes);
  };

  const opening = (): string[] => {
    if (hasBegun) return [];
    hasBegun = true;
    const key = (id: CommandId) => keyText(id);
    return [
      `Trigon ${aboutSource()}. New events are said as they come; ${key('stream.pause')} pauses, ${key('app.help')} lists all keys, ${key('app.quit')} quits.`,
    ];
  };

  const noticeWords = (): string[] => {
    if (state.notice === notice) return [];
    notice = state.notice;
    return notice
      ? [`${notice.level === 'warning' ? 'Warning' : 'Note'}: ${noticeText(notice.text, look)}`]
      : [];
  };

  const statusWords = (): string[] => {
    const words: string[] = [];
    if (state.isReady && !isReady) words.push(state.playback ? 'Ready.' : 'Live.');
    isReady = state.isReady;
    if (panes.isPaused() !== isPaused) {
      isPaused = !isPaused;
      words.push(isPaused ? 'Paused: events still come in.' : 'Live again.');
    }
    return words;
  };

  /** When it plays, stops or ends; while it stands still, also where it has gone. */
  const playbackWords = (): string[] => {
    const before = played;
    played = playbackNews(state.playback);
    return played === undefined || played.key === before?.key ? [] : [played.words];
  };

  /** At a change, and each minute. */
  const armedWords = (now: number): string[] => {
    const policies = armedNow(state);
    const ends = policies.flatMap(({ armedUntil }) => armedUntil ?? []);
    const left = ends.length === 0 ? undefined : Math.min(...ends) - now;
    const minute = left === undefined ? '' : Math.ceil(left / MINUTE_MS);
    const key = policies.length === 0 ? '' : `${policies.map(({ id }) => id)} ${minute}`;
    if (key === armed) return [];
    armed = key;
    if (policies.length === 0) return ['Nothing is armed any more.'];
    const count = policies.length === 1 ? '1 policy' : `${policies.length} policies`;
    return [`${count} ARMED, ${left === undefined ? 'until quit' : `${durationWords(left)} left`}`];
  };

  const narratorNews = (): string[] => {
    const lines = narratorWords(state, look, READER_SIZE.width);
    const known = new Set(narration);
    narration = lines;
    return lines.filter((line) => !known.has(line));
  };

  const eventWords = (): string[] => {
    if (state.view !== 'stream' || state.overlay) return [];
    const now = performance.now();
    if (now - eventsAt < EVENTS_MS) return [];
    const { lines, omitted } = panes.stream.news(MOST_EVENTS);
    if (lines.length === 0) return [];
    eventsAt = now;
    return [...lines, ...(omitted > 0 ? [`and ${omitted} more events`] : [])];
  };

  /** What is typed is said when typing rests; its first state at once. */
  const sayTyped = () => {
    clearTimeout(typingTimer);
    typingTimer = undefined;
    if (!scene || scene.typed === typed?.typed) return;
    const known = new Set(typed?.lines ?? []);
    typed = scene;
    tell([scene.typed ?? '', ...scene.lines.filter((line) => !known.has(line))]);
  };

  const sceneWords = (isKey: boolean): string[] => {
    const before = scene;
    scene = sceneOf({ state, panes, covers, look, size: READER_SIZE });
    if (!before || before.identity !== scene.identity) {
      clearTimeout(typingTimer);
      typingTimer = undefined;
      typed = scene;
      owesCurrent = scene.lines.length === 0 && scene.current === undefined;
      const chosen = scene.current === undefined ? [] : [currentWords(scene)];
      return [
        scene.title,
        ...scene.lines,
        ...(scene.typed === undefined ? [] : [scene.typed]),
        ...chosen,
      ];
    }
    if (scene.typed !== undefined) {
      if (scene.typed !== typed?.typed && (isKey || typingTimer === undefined)) {
        clearTimeout(typingTimer);
        typingTimer = setTimeout(sayTyped, TYPING_MS);
      }
      return [];
    }
    const isMoved = scene.current !== undefined && scene.current !== before.current;
    if (isMoved && (isKey || owesCurrent)) {
      owesCurrent = false;
      return [currentWords(scene)];
    }
    // Kept until a key has moved it: what changes by itself in the row isn't said.
    if (isMoved && !isKey) scene = { ...scene, current: before.current };
    if (scene.isCounting && !isKey) {
      scene = { ...scene, lines: before.lines };
      return [];
    }
    const known = new Set(before.lines);
    if (scene.lines.length > 0) return scene.lines.filter((line) => !known.has(line));
    return isKey && scene.title !== before.title && isNarrowed(before, scene) ? [scene.title] : [];
  };

  const modeWords = (): string[] => {
    const words = modes.news();
    // The row was said with it: not again with the next key.
    if (words.length > 0 && scene)
      scene = {
        ...scene,
        current: sceneOf({ state, panes, covers, look, size: READER_SIZE }).current,
      };
    return words;
  };

  /** The one place that writes. */
  const tell = (lines: readonly string[]) => {
    const said = lines.filter((line) => line !== '').map((line) => harmlessLine(line, look.ascii));
    if (said.length > 0) write(`${said.join('\n')}\n`);
  };

  const speak = (isKey: boolean) => {
    clearTimeout(timer);
    timer = undefined;
    const now = Date.now();
    if (state.notice && state.notice.until < performance.now()) state.notice = undefined;
    tell([
      ...opening(),
      ...statusWords(),
      ...playbackWords(),
      ...sceneWords(isKey),
      ...modeWords(),
      ...noticeWords(),
      ...armedWords(now),
      ...narratorNews(),
      ...eventWords(),
    ]);
  };

  return {
    paint: () => speak(true),
    paintSoon() {
      timer ??= setTimeout(() => speak(false), EVENTS_MS / 5);
    },
    restyle() {},
    invalidate() {
      // Ctrl-L: where one is, once more.
      scene = undefined;
    },
    hitAt: () => undefined,
    isCoverDrawn: () => true,
    resize() {},
    broken: new Promise(() => {}),
    close() {
      clearTimeout(timer);
      clearTimeout(typingTimer);
    },
  };
}

/** Our words and other programs' in one. */
const noticeText = (text: string, { ascii }: Look): string =>
  ascii ? escapeText(text).replace(/[…’·–]/g, toAscii) : escapeText(text);

const currentWords = ({ lines, current = '' }: Scene): string =>
  lines.length > 0 ? `chosen: ${current}` : current;

/** The filter is another one: that is behind the comma, the counts before it change all the time. */
const isNarrowed = (before: Scene, now: Scene): boolean =>
  /, filter .*/.exec(before.title)?.[0] !== /, filter .*/.exec(now.title)?.[0];
