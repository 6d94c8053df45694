import { join } from 'node:path';
import type { Screen } from '../../../src/ui/terminal/screen.ts';
import { createThemeBook } from '../../../src/ui/themes/book.ts';
import { createWorkspace, type Workspace } from '../../../src/ui/workspace.ts';
import { ROOT } from './samples.ts';

export type OnTestTerminal = {
  readonly workspace: Workspace;
  /** What was written to the terminal since the last call. */
  written(): string;
  /** Bytes as the terminal sends them for keys. */
  type(keys: string): void;
};

/** The whole screen on a terminal of 100 columns and 20 rows, which keeps what was written. Whoever opens it closes the workspace. */
export function openOnTestTerminal(
  isThinLink: boolean,
  pace: { readonly fps: number; readonly bytesPerSecond: number | undefined },
): OnTestTerminal {
  let written = '';
  let onInput: (chunk: Uint8Array) => void = () => {};
  const never = () => () => {};
  const screen: Screen = {
    ...{ enter() {}, leave() {}, suspend() {}, isEntered: () => true, canWrite: () => true },
    size: () => ({ columns: 100, rows: 20 }),
    write(data) {
      written += data;
      return true;
    },
    onInput(listener) {
      onInput = listener;
      return () => {};
    },
    ...{ onDrain: never, onResize: never, onRepaint: never },
    mouse: { isOn: () => false, set() {} },
  };
  const themes = createThemeBook({
    places: { folders: [], owners: new Set(), shipped: join(ROOT, 'themes') },
    ...{ depth: '16', name: 'terminal-16' },
  });
  const workspace = createWorkspace({
    screen,
    look: { theme: themes.theme, ascii: false, userNames: new Map() },
    display: { ...{ themes, theme: undefined, asksGround: false }, isThinLink, pace },
    node: 'n',
    host: () => ({ kernel: 'k', uptimeSeconds: 90 }),
    tellAgent() {},
    copy: async () => ({ ok: true, how: 'OSC 52', bytes: 0 }),
    ...{ suspend() {}, quit() {} },
    fail(text) {
      throw new Error(text);
    },
  });
  return {
    workspace,
    written() {
      const text = written;
      written = '';
      return text;
    },
    type: (keys) => onInput(Buffer.from(keys)),
  };
}
