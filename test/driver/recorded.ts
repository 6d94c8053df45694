import { join } from 'node:path';
import { projectRoot } from '../../src/agent/client.ts';
import type { FromAgent, ToAgent } from '../../src/agent/messages.ts';
import type { Screen, Size } from '../../src/ui/terminal/screen.ts';
import { createThemeBook } from '../../src/ui/themes/book.ts';
import { createWorkspace } from '../../src/ui/workspace.ts';
import { type Cell, cellsOf, createEmulator, screenOf, writeTo } from './emulator.ts';
import { encodeKey } from './encodeKey.ts';
import { fixClock } from './fixedClock.ts';
import { loadRecording, questionKey } from './recording.ts';

export type RecordedOptions = Size & {
  readonly theme?: string;
  readonly ascii?: boolean;
  /** Everything, or only what was told before the scene's policy was armed. */
  readonly until?: 'armed' | 'end';
  /** In place of the session: what a replay tells. */
  readonly replay?: readonly FromAgent[];
};

/** The whole screen program in this process, told by the recorded session instead of an agent, on an emulated terminal. */
export type RecordedScreen = {
  /** Presses keys by name, one after the other, and waits until what they ask for is shown. */
  press(...keys: string[]): Promise<void>;
  type(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  cells(): Cell[][];
  /** The rows, blanks at their ends left out. */
  text(): string[];
  /** Rows that a line too long has run over into: there must be none. */
  wrapped(): number[];
  /** What the screen has asked the agent, heartbeats and receipts left out. */
  readonly asked: readonly ToAgent[];
  close(): void;
};

const UPTIME_SECONDS = 793_000;
/** What works in slices behind the screen (filters, themes) has done its part after so many rounds of the event loop. */
const ROUNDS = 12;

/** Starts it, plays the recording up to the wanted place, and shows the stream. The clock stands still until it is closed. */
export async function openRecorded({
  columns,
  rows,
  theme = 'dark',
  ascii = false,
  until = 'end',
  replay,
}: RecordedOptions): Promise<RecordedScreen> {
  // Read when something first covers the view, which takes longer than a few rounds.
  await import('../../src/ui/inkCover.tsx');
  const recording = loadRecording();
  const clock = fixClock(recording.messages[0]?.at ?? 0);
  const emulator = createEmulator({ columns, rows });
  // The alternate screen, as the real program: a resize doesn't wrap the lines of that one anew.
  emulator.write('\x1b[?1049h');
  const size = { columns, rows };
  const asked: ToAgent[] = [];
  const onInput = new Set<(chunk: Uint8Array) => void>();
  const onResize = new Set<(to: Size) => void>();
  const listen = <Listener>(listeners: Set<Listener>, listener: Listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const never = () => () => {};
  const screen: Screen = {
    enter() {},
    leave() {},
    isEntered: () => true,
    size: () => ({ ...size }),
    write(data) {
      emulator.write(data);
      return true;
    },
    canWrite: () => true,
    onDrain: never,
    onRepaint: never,
    onInput: (listener) => listen(onInput, listener),
    onResize: (listener) => listen(onResize, listener),
    suspend() {},
    mouse: { isOn: () => false, set() {} },
  };
  const themes = createThemeBook({
    places: { folders: [], owners: new Set(), shipped: join(projectRoot(), 'themes') },
    depth: 'truecolor',
    name: theme,
  });
  const workspace = createWorkspace({
    screen,
    look: { theme: themes.theme, ascii, userNames: new Map(recording.users) },
    display: {
      ...{ themes, theme: undefined, asksGround: false },
      ...{ pace: { fps: 10 }, isThinLink: false },
    },
    source: replay && { kind: 'replay', title: 'session.trigon.zst' },
    readOnly: replay !== undefined,
    node: recording.node,
    host: () => ({ kernel: recording.kernel, uptimeSeconds: UPTIME_SECONDS }),
    tellAgent(message) {
      if (message.type === 'done') return;
      asked.push(message);
      const answer = answerTo(message);
      if (answer) setImmediate(() => workspace.onAgent(answer));
    },
    copy: async (text) => ({ ok: true, how: 'OSC 52', bytes: Buffer.byteLength(text) }),
    suspend() {},
    quit() {},
    fail(text) {
      throw new Error(text);
    },
  });

  function answerTo(message: ToAgent): FromAgent | undefined {
    const answer = recording.answers[questionKey(message)];
    return answer && 'request' in answer && 'request' in message
      ? { ...answer, request: message.request }
      : undefined;
  }

  const settle = async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await new Promise((resolve) => setImmediate(resolve));
      workspace.painter.paint();
    }
    await writeTo(emulator, '');
  };

  const send = async (bytes: string) => {
    for (const listener of onInput) listener(Buffer.from(bytes));
    await settle();
  };

  const played = replay?.map((message) => ({ at: clock.now(), message }));
  const told =
    played ??
    (until === 'end' ? recording.messages : recording.messages.slice(0, recording.armedAt));
  let second = Math.floor(clock.now() / 1000);
  for (const { at, message } of told) {
    clock.set(Math.max(clock.now(), at));
    for (; second < Math.floor(clock.now() / 1000); second++) workspace.onSecond();
    workspace.onAgent(message);
  }
  await settle();

  return {
    asked,
    async press(...keys) {
      // A byte behind a lone ESC would make Alt of it; kitty's code for Esc is clear in itself.
      for (const key of keys) await send(key === 'escape' ? '\x1b[27u' : encodeKey(key));
    },
    type: send,
    async resize(nextColumns, nextRows) {
      size.columns = nextColumns;
      size.rows = nextRows;
      emulator.resize(nextColumns, nextRows);
      for (const listener of onResize) listener({ ...size });
      await settle();
    },
    cells: () => cellsOf(emulator),
    text: () => screenOf(emulator),
    wrapped: () =>
      Array.from({ length: emulator.rows }, (_, row) => row).filter(
        (row) => emulator.buffer.active.getLine(row)?.isWrapped,
      ),
    close() {
      workspace.close();
      clock.close();
      themes.close();
      emulator.dispose();
    },
  };
}
