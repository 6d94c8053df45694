import type { PolicyStatus, TreeProcess } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { COMMANDS, type Command, type CommandId, keyLabel, keysOf, VIEWS } from '../commands.ts';
import { runAnywhere, viewFor, whyNot } from '../features/reach.ts';
import type { Ui } from '../features/ui.ts';
import { refusalOf } from '../source.ts';
import { say } from '../state.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import type { PaletteItem } from './item.ts';
import { findProcesses } from './processes.ts';
import { type PolicyVerb, readTyped } from './words.ts';

/** What Enter alone must not repeat. */
const ACTS: ReadonlySet<CommandId> = new Set([
  ...(['app.quit', 'app.suspend', 'row.untag'] as const),
  ...(['policy.toggle', 'policy.test', 'policy.disarmAll'] as const),
]);

/** The commands that work in what is shown first, what keys do much better last; a lab's only in one. */
export function commandItems(ui: Ui): PaletteItem[] {
  const { state } = ui;
  const rank = (command: Command) => {
    if (command.category === 'Moving') return -1;
    return Number(viewFor(command, state.view) === state.view);
  };
  return COMMANDS.filter(({ id, inLab }) => id !== 'app.palette' && (!inLab || state.narrator))
    .toSorted((a, b) => rank(b) - rank(a))
    .map((command) => commandItem(command, ui));
}

/** @param argument what was typed behind the command's word */
function commandItem(command: Command, ui: Ui, argument?: string): PaletteItem {
  const { id, title, words = [], about = [] } = command;
  const view = viewFor(command, ui.state.view);
  const where = view === ui.state.view ? [] : [`in ${titleOf(view)}`];
  const keys = keysOf(command).slice(0, 2).map(keyLabel);
  const typed = words[0] === undefined ? [] : [`:${words[0]}`];
  const given = ui.look.ascii ? escapeNonAscii(argument ?? '') : (argument ?? '');
  return {
    kind: 'command',
    label: argument === undefined ? title : `${words[0] ?? id} ${escapeText(given)}`,
    note: argument === undefined ? [...where, ...typed, ...keys].join('  ') : title,
    disabled: whyNot(command, ui),
    texts: [title, id, ...words, ...about, ...keysOf(command).map(keyLabel)],
    isAct: argument !== undefined || ACTS.has(id),
    recall: argument === undefined ? id : `${words[0] ?? id} ${argument}`,
    run: () => runAnywhere(command, ui, argument),
  };
}

const titleOf = (wanted: string): string =>
  VIEWS.find(({ view }) => view === wanted)?.title ?? wanted;

const VERBS: Readonly<Record<PolicyVerb, string>> = {
  policy: 'to it in Policies',
  on: 'watch: monitor, nothing is stopped',
  off: 'take it out of the kernel',
};

export const policyItems = (ui: Ui, verb: PolicyVerb = 'policy'): PaletteItem[] =>
  ui.state.policies.map((policy) => policyItem(policy, ui, verb));

function policyItem(policy: PolicyStatus, ui: Ui, verb: PolicyVerb): PaletteItem {
  const { id, name, title, mode } = policy;
  const wanted = verb === 'on' ? 'monitor' : 'off';
  const isSo = verb !== 'policy' && mode === wanted;
  return {
    kind: 'policy',
    label: verb === 'policy' ? escapeText(name) : `${verb} ${escapeText(name)}`,
    note: verb === 'policy' ? `${mode}  ${escapeText(title)}` : VERBS[verb],
    disabled: isSo
      ? `it is ${mode === 'off' ? 'off' : 'on'} already`
      : verb === 'policy'
        ? undefined
        : refusalOf('policy.toggle', ui.state.source),
    texts: [name, title],
    isAct: verb !== 'policy',
    recall: `${verb} ${name}`,
    run() {
      if (verb === 'policy') {
        ui.run('view.policies');
        ui.panes.policies.goTo(name);
        return;
      }
      // Never more than monitor: arming asks, in its own dialog.
      ui.effects.tellAgent({ type: 'set-mode', policy: id, mode: wanted });
      say(ui.state, `${name}: ${wanted}`);
    },
  };
}

export function filterItems(ui: Ui): PaletteItem[] {
  const filter = COMMANDS.find(({ id }) => id === 'row.filter');
  return Object.entries(ui.state.settings.get().filters).map(([name, text]) => ({
    kind: 'filter',
    label: escapeText(name),
    note: escapeText(text),
    texts: [name, text],
    recall: `filter ${text}`,
    run() {
      if (filter) runAnywhere(filter, ui, text);
    },
  }));
}

export const processItems = (ui: Ui, query: string): PaletteItem[] =>
  findProcesses(ui.state.tree.processes(), query, (process: TreeProcess) => {
    ui.run('view.tree');
    if (!ui.panes.tree.goTo(process.key, ui.effects.size()))
      say(ui.state, 'that process is gone', 'warning');
  });

/** What a line means word for word, before anything is searched; undefined: nothing, it is only searched for. */
export function typedItems(ui: Ui, text: string): PaletteItem[] {
  const typed = readTyped(text);
  if (typed?.kind === 'command') return [commandItem(typed.command, ui, typed.argument)];
  if (typed?.kind !== 'policy') return [];
  const wanted = typed.name.toLowerCase();
  const found = policyItems(ui, typed.verb).filter(({ texts: [name = ''] }) =>
    name.toLowerCase().includes(wanted),
  );
  const isExact = ({ texts }: PaletteItem) => texts[0]?.toLowerCase() === wanted;
  return found.toSorted((a, b) => Number(isExact(b)) - Number(isExact(a)));
}
