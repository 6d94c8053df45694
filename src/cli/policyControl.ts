import { resolve } from 'node:path';
import { askTrigon, ControlError } from '../agent/control/client.ts';
import type { PolicyStatus } from '../agent/messages.ts';
import { escapeLines, escapeText } from '../events/text.ts';
import { formatPolicyError } from '../policies/model.ts';
import { suggest } from '../suggest.ts';
import { findOperator } from './operator.ts';
import type { Arming, PolicyCommandOptions } from './policyCommandLine.ts';
import { confirmArming } from './policyConfirm.ts';
import { readPolicyFiles, STDIN } from './policyFiles.ts';
import { findSocket } from './policyInstance.ts';
import { policyRow } from './policyRow.ts';
import { shownPolicy, showPolicy } from './policyShow.ts';
import { policyTable } from './policyTable.ts';

type Options<Name extends PolicyCommandOptions['command']> = Extract<
  PolicyCommandOptions,
  { command: Name }
>;

const print = (text: string) => process.stdout.write(`${text}\n`);
const note = (text: string) => process.stderr.write(`trigon: ${escapeLines(text)}\n`);

/** `trigon policy add`: loads files into a running Trigon. Exit code 1: something of them was not loaded. */
export async function runAdd(options: Options<'add'>): Promise<number> {
  const socket = await findSocket(options.instance);
  let failed = false;
  const added: number[] = [];
  for (const read of await readPolicyFiles(options.files)) {
    if (read.error) {
      note(formatPolicyError(read.error));
      failed = true;
      continue;
    }
    const { ids, problems, warnings } = await askTrigon(socket, {
      command: 'add',
      operator: findOperator(),
      source: read.source,
      file: read.file === STDIN ? read.file : resolve(read.file),
      mode: options.mode === 'off' ? 'off' : 'monitor',
      variables: wantedVariables(read.source, { ...process.env, ...options.variables }),
    });
    for (const problem of problems) note(problem);
    for (const warning of warnings) note(`warning: ${warning}`);
    // A policy of which a hook is missing is loaded all the same: not as it was asked for.
    if (problems.length > 0) failed = true;
    added.push(...ids);
  }
  const policies = (await askTrigon(socket, { command: 'status' })).policies;
  for (const policy of policies.filter(({ id }) => added.includes(id))) {
    if (options.mode === 'enforce' && !(await arm(socket, policy, options.arming))) failed = true;
    else print(escapeLines(`added ${policy.id} ${policy.name} (${options.mode})`));
  }
  return failed ? 1 : 0;
}

/** The variables that a policy asks for: nothing else of the environment leaves this process. */
function wantedVariables(
  source: string,
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const names = new Set(
    [...source.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([, name]) => name ?? ''),
  );
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const value = variables[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** `trigon policy list` */
export async function runList(options: Options<'list'>): Promise<number> {
  const policies = await readStatus(await findSocket(options.instance));
  print(
    options.output === 'json'
      ? JSON.stringify({ policies: policies.map(policyRow) }, null, 2)
      : policyTable(policies),
  );
  return 0;
}

/** `trigon policy show` */
export async function runShow(options: Options<'show'>): Promise<number> {
  const policies = await readStatus(await findSocket(options.instance));
  const wanted = options.policies.map((word) => findPolicy(word, policies));
  if (options.output === 'json') {
    print(JSON.stringify({ policies: wanted.map(shownPolicy) }, null, 2));
  } else print(wanted.map((policy) => showPolicy(policy, Date.now())).join('\n\n'));
  return 0;
}

/** `trigon policy mode` */
export async function runMode(options: Options<'mode'>): Promise<number> {
  const socket = await findSocket(options.instance);
  const policy = findPolicy(options.policy, await readStatus(socket));
  const { mode } = options;
  if (mode === 'enforce') return (await arm(socket, policy, options.arming)) ? 0 : 1;
  await askTrigon(socket, { command: 'set-mode', id: policy.id, mode, operator: findOperator() });
  print(escapeLines(`${policy.id} ${policy.name}: ${mode}`));
  return 0;
}

/** `trigon policy rm` */
export async function runRemove(options: Options<'rm'>): Promise<number> {
  const socket = await findSocket(options.instance);
  const policies = await readStatus(socket);
  // All names first: a slip of the pen in the last one must not leave half of it done.
  for (const policy of new Set(options.policies.map((word) => findPolicy(word, policies)))) {
    await askTrigon(socket, { command: 'remove', id: policy.id, operator: findOperator() });
    print(escapeLines(`removed ${policy.id} ${policy.name}`));
  }
  return 0;
}

const readStatus = async (socket: string): Promise<PolicyStatus[]> =>
  (await askTrigon(socket, { command: 'status' })).policies;

/** By name or number. @throws ControlError when there is none, or several. */
export function findPolicy(word: string, policies: readonly PolicyStatus[]): PolicyStatus {
  const found = policies.filter(({ id, name }) => name === word || String(id) === word);
  const [only, ...others] = found;
  if (!only) {
    throw new ControlError(`there is no policy "${word}"; ${loadedWords(word, policies)}`);
  }
  if (others.length > 0) {
    const all = found
      .map(({ id, name, file }) => `  ${id} ${name} (${escapeText(file)})`)
      .join('\n');
    throw new ControlError(`"${word}" could be several policies; say its number:\n${all}`);
  }
  return only;
}

/** More names than this don't help who has mistyped one. */
const MANY = 20;

function loadedWords(word: string, policies: readonly PolicyStatus[]): string {
  const names = policies.map(({ name }) => name);
  const near = suggest(word, names);
  if (near) return `did you mean "${near}"?`;
  if (policies.length > MANY) return `${policies.length} are loaded: see trigon policy list`;
  return `loaded: ${policies.map(({ id, name }) => `${id} ${name}`).join(', ') || 'none'}`;
}

/** What each selector will do, in a word or two, and which it is. */
export function deedsOf({ hooks, added }: PolicyStatus, add: Arming['add']): string[] {
  const doing = { none: 'only watches', kill: 'SIGKILL', deny: 'EPERM' }[add];
  return hooks.flatMap(({ call, selectors }, hook) =>
    selectors.map(({ enforces, isException, words }, selector) => {
      // What an earlier arming added is no text of its own: this one says anew what is added.
      const isOwn = enforces && (added[hook]?.[selector] ?? 'none') === 'none';
      const deed = isOwn ? 'acts, as its own text says' : isException ? 'leaves alone' : doing;
      return `${deed}: ${call}: ${words}`;
    }),
  );
}

/** Arms a policy when the operator has said so twice; tells whether it is armed then. */
async function arm(socket: string, policy: PolicyStatus, arming: Arming): Promise<boolean> {
  const { id, name } = policy;
  if (policy.mode === 'off')
    throw new ControlError(
      `${name} is off: switch it to monitor first and see what it would hit (trigon policy mode ${name} monitor)`,
    );
  if (!policy.enforces && arming.add === 'none')
    throw new ControlError(
      `${name} has no action that enforces; with --add-kill its selectors kill while it is armed, with --add-deny they refuse the call`,
    );
  const time = arming.seconds === undefined ? 'until Trigon ends' : `for ${arming.seconds} s`;
  if (!arming.yes) {
    const typed = await confirmArming(name, [
      `${name} will enforce ${time}. More than ${arming.fuse.limit} actions in ${arming.fuse.seconds} s end it.`,
      ...deedsOf(policy, arming.add).map((deed) => `  ${deed}`),
    ]);
    if (typed === undefined)
      throw new ControlError('arming needs --yes when standard input is no terminal');
    if (!typed) {
      note(`that is not its name: ${name} stays in ${policy.mode}`);
      return false;
    }
  }
  await askTrigon(socket, {
    command: 'arm',
    operator: findOperator(),
    id,
    seconds: arming.seconds ?? null,
    add: arming.add,
    fuse: arming.fuse,
  });
  print(escapeLines(`${id} ${name}: enforce ${time}`));
  return true;
}
