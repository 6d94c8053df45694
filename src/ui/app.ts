import { isDeepStrictEqual } from 'node:util';
import { startAgentClient } from '../agent/client.ts';
import { createJournalBook } from '../agent/journalBook.ts';
import { describeLost } from '../agent/lost.ts';
import type { AgentOptions, FromAgent, PolicyStatus, ToAgent } from '../agent/messages.ts';
import { createPolicyBook } from '../agent/policyBook.ts';
import { readUserNames } from '../agent/users.ts';
import type { Lab } from '../labs/lab.ts';
import { createActions } from './actions.ts';
import { createClipboard } from './clipboard.ts';
import { createGuardianLink } from './guardianLink.ts';
import { createLabLink } from './labLink.ts';
import { createPainter, paneSize } from './painter.tsx';
import { createPanes } from './panes/all.ts';
import { createPolicyLayout } from './policyLayout.ts';
import { type AppState, createState, say } from './state.ts';
import { createKeyParser } from './terminal/keys.ts';
import { createScreen, leaveOnSignals } from './terminal/screen.ts';
import type { Theme } from './theme.ts';
import { detailBody } from './views/detailLines.ts';
import { helpLines } from './views/helpLines.ts';
import { deniedOf } from './views/policyCounts.ts';
import { isTooSmall } from './views/tooSmall.ts';

export type AppOptions = {
  agent: AgentOptions;
  theme: Theme;
  ascii: boolean;
  /** Guides the operator through it; its policies are among the agent's. */
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
 * The full-screen program: brings screen, agent, state, actions and painter together, and resolves when the user quits or
 * nothing works any more. The screen is given back before the agent is waited for.
 */
export function runApp({
  agent: agentOptions,
  theme,
  ascii,
  lab: guidedLab,
}: AppOptions): Promise<AppResult> {
  const started = Date.now();
  const { promise, resolve } = Promise.withResolvers<AppResult>();
  const book = createPolicyBook();
  const state = createState(book.hookNames, agentOptions.readOnly);
  const screen = createScreen();
  const journal = createJournalBook();
  let isEnding = false;

  const guardian = createGuardianLink({
    onResume() {
      if (isEnding) return;
      guardian.screen(true);
      screen.enter();
      painter.invalidate();
      painter.paint();
    },
    onEnd: () => end(0),
  });
  // The signal alone does nothing yet: `end` gives the screen back.
  const stopListening = leaveOnSignals({ leave: () => {} }, () => end(0));
  guardian.screen(true);
  screen.enter();

  const { node } = agentOptions;
  const tellAgent = (message: ToAgent) => agent.send(message);
  const userNames = readUserNames();
  const repaint = () => painter.paintSoon();
  const lab = createLabLink(guidedLab, state, repaint);
  const panes = createPanes({ state, node, theme, ascii, userNames, tellAgent, repaint });
  const painter = createPainter({ state, panes, screen, node, theme, ascii, userNames });
  const clipboard = createClipboard({ write: screen.write });
  const agent = startAgentClient(agentOptions, onAgent);
  const actions = createActions(state, panes, {
    tellAgent,
    look: { theme, ascii, userNames },
    size: () => paneSize(screen, state),
    isTooSmall: () => isTooSmall(screen.size()),
    helpLength: () => helpLines(theme, paneSize(screen, state).width).length,
    detailLength: (detail) =>
      detailBody(detail, { theme, width: paneSize(screen, state).width, ascii, userNames }).length,
    policyLayout: createPolicyLayout({
      state,
      theme,
      userNames,
      size: () => paneSize(screen, state),
    }),
    copy: clipboard.copy,
    repaint,
    redraw: painter.invalidate,
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
    lab: (id) => lab.run(id),
  });
  let isPaintDue = false;
  const keys = createKeyParser({
    onEvent(event) {
      if (isEnding) return;
      actions.onInput(event);
      if (isPaintDue) return;
      isPaintDue = true;
      // Keys that came together are painted together: a terminal without bracketed paste sends thousands at once.
      queueMicrotask(() => {
        isPaintDue = false;
        if (!isEnding) painter.paint();
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
  const second = setInterval(() => {
    state.rate.tick();
    state.policyRates.tick(state.policies, performance.now());
    painter.paintSoon();
  }, 1000);
  painter.broken.catch((error: unknown) => end(1, `trigon: ${describeError(error)}`));
  painter.paint();
  return promise;

  function onAgent(message: FromAgent): void {
    switch (message.type) {
      case 'ready':
        state.isReady = true;
        state.hostNamespaces = message.hostNamespaces;
        agent.send({ type: 'watch', topics: [...panes[state.view].topics] });
        break;
      case 'policies':
        book.describe(message);
        state.policies = book.list();
        lab.onPolicies();
        actions.onPolicies();
        break;
      case 'loaded':
        state.isLoaded = true;
        if (message.problems.length > 0)
          say(
            state,
            `${errorsText(message.problems.length)} in policy files: see Policies`,
            'warning',
          );
        else if (state.problems.length > 0) say(state, 'policy files have no errors any more');
        state.problems = message.problems;
        break;
      case 'records':
        state.store.add(message.buffer, message.bytes);
        lab.onEvents(state.store.next - message.count);
        state.rate.count(message.count);
        agent.send({ type: 'done', bytes: message.bytes });
        break;
      case 'status':
        // It comes twice a second; most of the time it says nothing new, and then nothing is drawn.
        if (message.policies.length === 0 && isDeepStrictEqual(state.lost, message.lost)) return;
        book.count(message.policies);
        state.policies = book.list();
        state.lost = message.lost;
        break;
      case 'tree':
        state.tree.apply(message);
        break;
      case 'binaries':
        state.binaries.apply(message, performance.now());
        break;
      case 'alerts':
        state.alerts.apply(message);
        break;
      case 'description':
        actions.onDescription(message.request, message.lineage);
        break;
      case 'journal':
        journal.add(message.entry);
        break;
      case 'arming':
      case 'policy-text':
      case 'edited':
      case 'tested':
        actions.onPolicyAnswer(message);
        break;
      case 'notice':
        say(state, message.text, message.level);
        break;
      case 'failed':
        end(1, `trigon: ${message.message}\n  ${message.remedy}`);
        break;
      case 'stopped':
        state.lost = message.lost;
        break;
      case 'lines':
        break;
    }
    if (!isEnding) painter.paintSoon();
  }

  function end(code: number, text?: string): void {
    if (isEnding) return;
    isEnding = true;
    clearInterval(second);
    lab.close();
    screen.leave();
    guardian.screen(false);
    painter.close();
    void agent.stop().then(() => {
      stopListening();
      guardian.close();
      resolve({
        code,
        text: text ?? summary(state, Date.now() - started),
        journal: journal.armings(),
      });
    });
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const errorsText = (count: number): string => (count === 1 ? '1 error' : `${count} errors`);

function firedWords(policy: PolicyStatus): string {
  const denied = deniedOf(policy);
  const { matched, killed } = policy.counts;
  return `seen ${matched}, killed ${killed}${denied > 0 ? `, denied ${denied}` : ''}`;
}

function summary({ store, policies, lost }: AppState, ms: number): string {
  const fired = policies
    .filter((policy) => policy.counts.matched > 0)
    .map((policy) => `  ${policy.name}: ${firedWords(policy)}`);
  const first = `trigon: ${store.next} events in ${Math.round(ms / 1000)} s, ${describeLost(lost)}`;
  return [first, ...fired].join('\n');
}
