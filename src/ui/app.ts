import { release, uptime } from 'node:os';
import type { ReadStream } from 'node:tty';
import { describeLost } from '../agent/lost.ts';
import type { PolicyStatus } from '../agent/messages.ts';
import { readGroupNames, readUserNames } from '../agent/users.ts';
import type { Lab } from '../labs/lab.ts';
import { createClipboard } from './clipboard.ts';
import type { Display } from './display.ts';
import { createGuardianLink } from './guardianLink.ts';
import { spellKeys } from './keymap.ts';
import { READER_THEME } from './reader/theme.ts';
import type { SettingsBook } from './settings.ts';
import type { EventSource } from './source.ts';
import type { AppState } from './state.ts';
import { createScreen, leaveOnSignals } from './terminal/screen.ts';
import { deniedOf } from './views/policyCounts.ts';
import { createWorkspace } from './workspace.ts';

export type AppOptions = {
  source: EventSource;
  display: Display;
  ascii: boolean;
  /** Clicks and the wheel, whatever the settings say. */
  mouse?: boolean | undefined;
  /** Plain lines for a screen reader, in place of a screen. */
  isReader?: boolean | undefined;
  settings: SettingsBook;
  /** What is wrong in the operator's own files: told when the screen is there. */
  warnings: readonly string[];
  /** Guides the operator through it; its policies are among the agent's. */
  /** Where keys come from; undefined: standard input. */
  keyboard?: ReadStream | undefined;
  lab?: Lab | undefined;
};

/** What is said after the screen is gone. */
export type AppResult = {
  code: number;
  text: string;
  /** Who armed what when, in lines: for standard error. */
  journal: readonly string[];
};

/**
 * The full-screen program: gives the workspace a terminal and an agent, and resolves when the user quits or nothing works any
 * more. The screen is given back before the agent is waited for.
 */
export function runApp({
  source,
  display,
  ascii,
  mouse = false,
  isReader = false,
  settings,
  warnings,
  keyboard,
  lab,
}: AppOptions): Promise<AppResult> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<AppResult>();
  const screen = createScreen({ input: keyboard, mouse, isPlain: isReader });
  let isEnding = false;

  const guardian = createGuardianLink({
    onResume() {
      if (isEnding) return;
      guardian.screen(!isReader);
      screen.enter();
      workspace.painter.invalidate();
      workspace.painter.paint();
    },
    onEnd: () => end(0),
  });
  // The signal alone does nothing yet: `end` gives the screen back.
  const stopListening = leaveOnSignals({ leave: () => {} }, () => end(0));
  guardian.screen(!isReader);
  screen.enter();

  if (isReader) spellKeys();
  const clipboard = createClipboard({ write: screen.write });
  const workspace = createWorkspace({
    screen,
    look: {
      theme: isReader ? READER_THEME : display.themes.theme,
      ascii,
      userNames: namesFor(source, readUserNames),
      groupNames: namesFor(source, readGroupNames),
    },
    isReader,
    // What is spoken has no colours, and is no frame that could wait.
    display: isReader ? undefined : display,
    source,
    node: source.node,
    host: () => ({ kernel: release(), uptimeSeconds: uptime() }),
    readOnly: source.readOnly,
    settings,
    warnings,
    lab,
    tellAgent: (message) => agent.send(message),
    copy: clipboard.copy,
    suspend() {
      if (!guardian.isThere) {
        screen.suspend();
        return;
      }
      screen.leave();
      guardian.screen(false);
      guardian.suspend();
    },
    quit: () => end(0),
    fail: (text) => end(1, text),
  });
  const agent = source.start(workspace.onAgent);
  const second = setInterval(workspace.onSecond, 1000);
  workspace.painter.broken.catch((error: unknown) => end(1, `trigon: ${describeError(error)}`));
  return promise;

  function end(code: number, text?: string): void {
    if (isEnding) return;
    isEnding = true;
    clearInterval(second);
    screen.leave();
    guardian.screen(false);
    workspace.close();
    void agent.stop().then(() => {
      stopListening();
      guardian.close();
      resolve({
        code,
        text: text ?? farewell(summary(workspace.state, performance.now() - started), source),
        journal: workspace.armings(),
      });
    });
  }
}

/** Numbers of other hosts are other users and groups: theirs have the names that events tell. */
const namesFor = (
  { kind }: EventSource,
  read: () => ReadonlyMap<number, string>,
): ReadonlyMap<number, string> => (kind === 'agent' || kind === 'attached' ? read() : new Map());

const farewell = (text: string, { farewell: last }: EventSource): string =>
  last === undefined ? text : `${text}\n${last}`;

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function firedWords(policy: PolicyStatus): string {
  const denied = deniedOf(policy);
  const { matched, killed } = policy.counts;
  return `seen ${matched}, killed ${killed}${denied > 0 ? `, denied ${denied}` : ''}`;
}

function summary({ store, policies, lost, playback }: AppState, ms: number): string {
  if (playback)
    return `trigon: replayed ${playback.played} of ${playback.total} events of ${playback.title}`;
  const fired = policies
    .filter((policy) => policy.counts.matched > 0)
    .map((policy) => `  ${policy.name}: ${firedWords(policy)}`);
  const first = `trigon: ${store.next} events in ${Math.round(ms / 1000)} s, ${describeLost(lost)}`;
  return [first, ...fired].join('\n');
}
