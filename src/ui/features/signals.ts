import {
  HAND_SIGNALS,
  type HandSignal,
  type ProcessRef,
  type SignalTarget,
  type TargetAnswer,
} from '../../agent/messages.ts';
import { escapeText, quoteIfNeeded } from '../../events/text.ts';
import type { DialogStep } from '../dialog.ts';
import { createMenu, type MenuItem } from '../dialogs/menu.ts';
import type { Look } from '../look.ts';
import { askAbout, groupProblem, groupTitle, type SignalGroup } from '../signalGroup.ts';
import { say } from '../state.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { shortAge } from '../views/format.ts';
import type { Handlers, Ui } from './ui.ts';

/** What a process does that doesn't catch it: signal(7). */
const EFFECTS: Readonly<Record<HandSignal, string>> = {
  SIGTERM: 'asks it to end',
  SIGKILL: 'ends it at once: it can’t tidy up',
  SIGSTOP: 'stops it until SIGCONT',
  SIGCONT: 'lets it go on',
  SIGHUP: 'hang-up: many daemons read their settings anew',
  SIGINT: 'as Ctrl-C',
  SIGQUIT: 'as Ctrl-\\: ends it with a core dump',
  SIGUSR1: 'its own meaning; ends it if it has none',
  SIGUSR2: 'its own meaning; ends it if it has none',
};

const CANCEL: MenuItem = { label: 'Cancel', note: 'send nothing' };

/** F9: a signal for the process of the row, or of the open detail, by way of a menu whose first choice is to send none. */
export function createSignals(ui: Ui): Handlers {
  const { state, effects, look } = ui;

  /** Of the row with the cursor, or of what is open over it. */
  const subject = (): ProcessRef | undefined => {
    const { overlay } = state;
    const picked =
      overlay?.kind === 'detail'
        ? overlay.detail.subject
        : ui.panes[state.view].pick?.(effects.size());
    return picked && picked.ktime !== 0n ? { pid: picked.pid, ktime: picked.ktime } : undefined;
  };

  const send =
    (signal: HandSignal, processes: readonly ProcessRef[]): DialogStep =>
    () =>
      effects.tellAgent({
        ...{ type: 'signal', signal },
        processes: processes.map(({ pid, ktime }) => ({ pid, ktime })),
      });

  const openMenu = (process: ProcessRef) => {
    let answer: TargetAnswer | undefined;
    const menu = createMenu({
      title: () => titleOf(process, answer, look),
      items: () => itemsOf(answer),
      look,
      verb: 'send',
      isGuarded: true,
      choose(index) {
        const signal = HAND_SIGNALS[index - 1];
        return signal ? send(signal, [process]) : 'close';
      },
    });
    ui.open(menu);
    void effects.findTarget(process).then((found) => {
      answer = found;
      effects.repaint();
    });
  };

  /** The agent looks at each of them again when the signal is sent. */
  const openTagged = (processes: readonly ProcessRef[]) => {
    const asked = askAbout(processes, effects);
    ui.open(
      createMenu({
        title: () => groupTitle(asked.group(), look),
        items: () => groupItems(asked.group()),
        look,
        verb: 'send',
        isGuarded: true,
        choose(index) {
          const signal = HAND_SIGNALS[index - 1];
          asked.stop();
          return signal ? send(signal, asked.group().targets) : 'close';
        },
        cancel: asked.stop,
      }),
    );
  };

  const askWhom = (process: ProcessRef, tagged: readonly ProcessRef[]) =>
    ui.open(
      createMenu({
        title: 'signal for whom?',
        items: () => [
          CANCEL,
          { label: `the row’s process, ${process.pid}` },
          { label: `the ${tagged.length} tagged processes` },
        ],
        look,
        isGuarded: true,
        choose(index) {
          if (index === 0) return 'close';
          return () => (index === 1 ? openMenu(process) : openTagged(tagged));
        },
      }),
    );

  return {
    'row.signal': () => {
      const process = subject();
      const isTree = state.view === 'tree' && !state.overlay;
      const tagged = isTree ? state.tags.heldProcesses(state.tree.has) : [];
      if (process && tagged.length > 0) askWhom(process, tagged);
      else if (process) openMenu(process);
      else say(state, 'there is no process here to send a signal to', 'warning');
    },
  };
}

/** Until the agent has answered, and when it refuses, nothing can be chosen but Cancel. */
function itemsOf(answer: TargetAnswer | undefined): readonly MenuItem[] {
  if (answer?.refusal !== undefined)
    return [CANCEL, { label: 'refused', disabled: answer.refusal }];
  return [CANCEL, ...signalItems(answer ? undefined : 'asking who it is …')];
}

/** The same for several. */
function groupItems(group: SignalGroup): readonly MenuItem[] {
  const problem = groupProblem(group);
  return [CANCEL, ...signalItems(problem)];
}

const signalItems = (disabled: string | undefined): readonly MenuItem[] =>
  HAND_SIGNALS.map((signal) => ({
    label: signal,
    note: EFFECTS[signal],
    disabled,
    isDanger: signal === 'SIGKILL',
  }));

/** `signal for 4711 of root, 5m: /usr/bin/curl https://ebpf.io`: what may be cut off stands last. */
function titleOf({ pid }: ProcessRef, answer: TargetAnswer | undefined, look: Look): string {
  const target = answer?.target;
  return target ? `signal for ${targetText(target, look)}` : `signal for ${pid}`;
}

function targetText(target: SignalTarget, { ascii, userNames }: Look): string {
  const { pid, uid, startedAt } = target;
  const user = uid === undefined ? '?' : (userNames.get(uid) ?? String(uid));
  const age = shortAge(Date.now() - startedAt);
  const args = target.arguments === '' ? '' : ` ${escapeText(target.arguments)}`;
  const program = `${quoteIfNeeded(target.binary) || '?'}${args}`;
  const text = `${pid} of ${escapeText(user)}, ${age}: ${program}`;
  return ascii ? escapeNonAscii(text) : text;
}
