import { createJournalBook } from '../agent/journalBook.ts';
import type { FromAgent, ToAgent } from '../agent/messages.ts';
import { createPolicyBook } from '../agent/policyBook.ts';
import type { Lab } from '../labs/lab.ts';
import { type Actions, createActions } from './actions.ts';
import type { CopyResult } from './clipboard.ts';
import { DEFAULT_PACE, type Display, startDisplay } from './display.ts';
import { askDoctor } from './doctorProcess.ts';
import { type HostFacts, paneSize } from './frame.ts';
import { createInbox } from './inbox.ts';
import { createLabLink } from './labLink.ts';
import type { Look } from './look.ts';
import { createAgentListener } from './onAgent.ts';
import { setOverlay } from './overlay.ts';
import { createPace } from './pace.ts';
import { createPainter, type Painter } from './painter.ts';
import { createPanes } from './panes/all.ts';
import { createPolicyLayout } from './policyLayout.ts';
import { createSpeaker, READER_SIZE } from './reader/speaker.ts';
import { createReplay } from './replay.ts';
import type { SettingsBook } from './settings.ts';
import type { SourceFacts } from './source.ts';
import { type AppState, createState } from './state.ts';
import { createTargets } from './targets.ts';
import { createKeyParser } from './terminal/keys.ts';
import type { Screen } from './terminal/screen.ts';
import { viewCounts } from './viewCounts.ts';
import { isTooSmall } from './views/tooSmall.ts';

export type WorkspaceOptions = {
  screen: Screen;
  look: Look;
  display?: Display | undefined;
  /** Where events come from; an agent of our own on this node by default. */
  source?: SourceFacts | undefined;
  node: string;
  /** Read for each paint. */
  host(): HostFacts;
  readOnly?: boolean | undefined;
  /** For screen readers: lines are appended, nothing is drawn. The look has READER_THEME. */
  isReader?: boolean | undefined;
  /** Of the last time; without: those at first, which are forgotten. */
  settings?: SettingsBook | undefined;
  /** What is wrong in the operator's own files. */
  warnings?: readonly string[] | undefined;
  lab?: Lab | undefined;
  tellAgent(message: ToAgent): void;
  copy(text: string): Promise<CopyResult>;
  suspend(): void;
  quit(): void;
  /** The agent can't go on. */
  fail(text: string): void;
};

/** The screen and all that it shows; it knows the agent by its messages only. */
export type Workspace = {
  readonly state: AppState;
  readonly painter: Painter;
  readonly actions: Actions;
  onAgent(message: FromAgent): void;
  /** Each second: rates, and what the time changes. */
  onSecond(): void;
  /** Who armed what when, in lines. */
  armings(): readonly string[];
  /** Draws nothing more and takes no keys; the lab's attack ends. */
  close(): void;
};

/** Brings screen, state, panes, actions and painter together. */
export function createWorkspace({
  screen,
  look,
  display,
  node,
  source = { kind: 'agent', title: node },
  host,
  readOnly,
  isReader = false,
  settings,
  warnings = [],
  lab: guidedLab,
  tellAgent,
  copy,
  suspend,
  quit,
  fail,
}: WorkspaceOptions): Workspace {
  const { theme, ascii, userNames, groupNames } = look;
  const book = createPolicyBook();
  const journal = createJournalBook();
  const state = createState(book.hookNames, readOnly, settings, source);
  state.warnings = warnings;
  if (state.settings.get().mouse) screen.mouse.set(true);
  let isClosed = false;
  const repaint = () => {
    if (!isClosed) painter.paintSoon();
  };
  const targets = createTargets(tellAgent);
  const lab = createLabLink(guidedLab, state, repaint);
  const panes = createPanes({ state, node, theme, ascii, userNames, tellAgent, repaint });
  const pace = createPace(display?.pace ?? DEFAULT_PACE, performance.now());
  const painter = isReader
    ? createSpeaker({ ...{ state, panes, look, node }, write: screen.write })
    : createPainter({
        ...{ state, panes, screen, node, host, theme, ascii, userNames, groupNames, pace },
        ground: () => display?.themes.base() ?? '',
        beforeEvents: display?.isThinLink ? () => inbox.deliver() : undefined,
      });
  if (display)
    startDisplay(display, state, screen, () => {
      painter.restyle();
      repaint();
    });
  const size = () => (isReader ? READER_SIZE : paneSize(screen, state));
  const actions = createActions(state, panes, {
    tellAgent,
    findTarget: targets.find,
    hitAt: painter.hitAt,
    isCoverDrawn: painter.isCoverDrawn,
    mouse: screen.mouse,
    themes: display?.themes,
    restyle: painter.restyle,
    look,
    size,
    isTooSmall: () => !isReader && isTooSmall(screen.size()),
    policyLayout: createPolicyLayout({ state, theme, userNames, size }),
    copy,
    askDoctor,
    repaint,
    redraw: painter.invalidate,
    suspend,
    quit,
    lab: (id) => lab.run(id),
  });
  let isPaintDue = false;
  const keys = createKeyParser({
    onEvent(event) {
      if (isClosed) return;
      actions.onInput(event);
      if (isPaintDue) return;
      isPaintDue = true;
      // Keys that came together are painted together: a terminal without bracketed paste sends thousands at once.
      queueMicrotask(() => {
        isPaintDue = false;
        if (!isClosed) painter.paint();
      });
    },
  });
  screen.onInput(keys.feed);
  screen.onDrain(painter.paint);
  screen.onRepaint(() => {
    painter.invalidate();
    painter.paint();
  });
  screen.onResize(({ columns, rows }) => {
    painter.resize(columns, rows);
    painter.paint();
  });
  painter.restyle();
  painter.paint();
  const take = createAgentListener({
    ...{ state, panes, actions, lab, targets, book, journal, tellAgent, repaint, fail },
    paint: () => {
      if (!isClosed) painter.paint();
    },
    replay: createReplay({ state, panes, book }),
  });
  const inbox = createInbox({ take, paintSoon: repaint, paintNow: painter.paint });

  return {
    state,
    painter,
    actions,
    onAgent: display?.isThinLink ? inbox.receive : take,
    onSecond() {
      // A replay has seconds of its own.
      if (source.kind !== 'replay') {
        state.rate.tick();
        state.policyRates.tick(state.policies, performance.now());
        state.viewRates.tick(viewCounts(state, panes));
      }
      repaint();
    },
    armings: () => journal.armings(),
    close() {
      isClosed = true;
      // Whatever is open lets go of what it holds: the doctor's process would be waited for.
      setOverlay(state, undefined);
      inbox.close();
      display?.themes.close();
      lab.close();
      painter.close();
    },
  };
}
