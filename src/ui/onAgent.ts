import { isDeepStrictEqual } from 'node:util';
import type { JournalBook } from '../agent/journalBook.ts';
import type { FromAgent, ToAgent } from '../agent/messages.ts';
import type { PolicyBook } from '../agent/policyBook.ts';
import type { Actions } from './actions.ts';
import { keyText } from './commands.ts';
import { takeNodes } from './features/nodes.ts';
import type { LabLink } from './labLink.ts';
import type { Panes } from './panes/all.ts';
import { takeRecording } from './recording.ts';
import type { Replay } from './replay.ts';
import { type AppState, say } from './state.ts';
import type { Targets } from './targets.ts';
import { errorsText } from './views/chrome.ts';

type Options = {
  state: AppState;
  panes: Panes;
  actions: Actions;
  lab: LabLink;
  targets: Pick<Targets, 'onAnswer'>;
  book: PolicyBook;
  journal: JournalBook;
  replay: Replay;
  tellAgent(message: ToAgent): void;
  repaint(): void;
  /** Now: somebody waits for it. */
  paint(): void;
  /** The agent can't go on. */
  fail(text: string): void;
};

/** What the screen does with each message of the agent. */
export function createAgentListener({
  state,
  panes,
  actions,
  lab,
  targets,
  book,
  journal,
  replay,
  tellAgent,
  repaint,
  paint,
  fail,
}: Options): (message: FromAgent) => void {
  /** False when there is nothing new to show. */
  const take = (message: FromAgent): boolean => {
    switch (message.type) {
      case 'ready':
        state.isReady = true;
        state.hostNamespaces = message.hostNamespaces;
        tellWarnings(state);
        tellAgent({ type: 'watch', topics: [...panes[state.view].topics] });
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
        replay.onEvents();
        tellAgent({ type: 'done', bytes: message.bytes });
        break;
      case 'status':
        // It comes twice a second; most of the time it says nothing new.
        if (message.policies.length === 0 && isDeepStrictEqual(state.lost, message.lost))
          return false;
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
        actions.onDescription(message.request, message);
        break;
      case 'open-files':
        actions.onOpenFiles(message.request, message.files);
        break;
      case 'target':
        targets.onAnswer(message);
        break;
      case 'binary-description':
        state.binaryAnswer = message;
        break;
      case 'journal':
        // What a recording tells of was done in its session, not in this one.
        if (state.source.kind !== 'replay') journal.add(message.entry);
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
        fail(`trigon: ${message.message}\n  ${message.remedy}`);
        break;
      case 'stopped':
        state.lost = message.lost;
        break;
      case 'facts':
        state.facts.learn(message.facts);
        panes.stream.learn(message.facts);
        break;
      case 'recording':
        takeRecording(state, message, tellAgent);
        break;
      case 'playback':
        replay.onPlayback(message.playback);
        break;
      case 'restart':
        replay.restart();
        break;
      case 'marks':
        replay.onMarks(message.marks);
        break;
      case 'nodes':
        takeNodes(state, message.nodes);
        break;
      case 'lines':
        break;
    }
    return true;
  };
  return (message) => {
    if (!take(message)) return;
    // That it is live is waited for, not for the next frame's time; and whatever has come with it is in the same frame.
    if (message.type === 'ready') queueMicrotask(paint);
    else repaint();
  };
}

function tellWarnings(state: AppState): void {
  const { length } = state.warnings;
  const count = length === 1 ? 'something is' : `${length} things are`;
  const what = length === 1 ? 'it' : 'them';
  const key = keyText('app.help');
  if (length > 0) say(state, `${count} wrong in your files: ${key} shows ${what}`, 'warning');
}
