import { type SyscallAbi, syscallNames } from '../events/syscallNumbers.ts';
import {
  bindHook,
  connectHook,
  execHook,
  fileHooks,
  type HookWish,
  listenHook,
  syscallHook,
} from './newHooks.ts';
import {
  type NewAction,
  type NewHook,
  type NewSelector,
  type NewValue,
  policyText,
} from './newText.ts';
import {
  checkNetworks,
  type Errors,
  readArguments,
  readPaths,
  readPorts,
  readReturn,
  readUsers,
  type WishHost,
} from './newValues.ts';

/** The options of `trigon policy new`, as they were typed. */
export type PolicyWish = {
  name: string | undefined;
  message: string | undefined;
  paths: string[];
  read: boolean;
  write: boolean;
  exec: boolean;
  connect: boolean;
  bind: boolean;
  listen: boolean;
  cidrs: string[];
  notCidrs: string[];
  ports: string[];
  syscalls: string[];
  args: string[];
  returns: string | undefined;
  users: string[];
  binaries: string[];
  notBinaries: string[];
  followChildren: boolean;
  kill: boolean;
  deny: boolean;
  rateLimit: string | undefined;
};

export type NewPolicyResult =
  | { name: string; text: string; errors?: undefined }
  | { text?: undefined; errors: Errors };

/** Selectors of a hook: a limit of the language. */
const MAX_SELECTORS = 5;

/**
 * The YAML of a policy that does what is wished, with comments that explain each part, or everything that is wrong with the wish.
 * What it writes is Tetragon's language without our extensions.
 */
export function newPolicy(wish: PolicyWish, host: WishHost): NewPolicyResult {
  const errors: Errors = checkWish(wish);
  const users = readUsers(wish.users, host, errors);
  const hooks = wishedHooks(wish, host, users ? 1 : 0, errors);
  const binaries = readBinaries(wish, host, errors);
  const returns = wish.returns === undefined ? undefined : readReturn(wish.returns, errors);
  if (errors.length > 0) return { errors };

  const finish = (hook: HookWish): NewHook => ({
    ...hook,
    message: wish.message,
    data: users
      ? [
          {
            index: 0,
            type: 'uint32',
            source: 'current_task',
            resolve: 'cred.uid.val',
            label: 'uid',
            why: 'who started it: passwd and sudo count as their caller (cred.euid.val would not)',
          },
        ]
      : [],
    returns: returns ? 'int64' : undefined,
    selectors: hook.filters
      .flatMap((args) =>
        binaries.map((binary) => ({
          args,
          data: users ? [users] : [],
          returns: returns ? [returns] : [],
          binaries: binary,
          actions: returns ? [] : wishedActions(wish, hook),
          returnActions: returns ? wishedActions(wish, hook) : [],
        })),
      )
      .filter((selector) => !isEmpty(selector)),
  });
  const finished = hooks.map(finish);
  if (finished.some(({ selectors }) => selectors.length > MAX_SELECTORS))
    return {
      errors: [`that needs more than ${MAX_SELECTORS} selectors a hook: write two policies`],
    };

  const name = wish.name ?? nameOf(wish);
  const text = policyText({
    about: about(wish),
    name,
    hooks: finished,
    options: hooks.some(({ call }) => wish.deny && call.startsWith('security_'))
      ? [
          {
            name: 'disable-kprobe-multi',
            value: '1',
            why: 'Tetragon can change the answer of a security_ function only when it is hooked alone.',
          },
        ]
      : [],
  });
  return { name, text };
}

/** What Kubernetes allows as a name (RFC 1123, subdomain). */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
/** Limits of the language on a hook's message; what is longer would be cut. */
const MESSAGE_BYTES = { least: 2, most: 256 };

/** What doesn't go together. */
function checkWish(wish: PolicyWish): Errors {
  const errors: Errors = [];
  const must = (holds: boolean, message: string) => {
    if (!holds) errors.push(message);
  };
  const files = wish.read || wish.write || wish.exec || wish.paths.length > 0;
  const network = wish.connect || wish.bind || wish.listen;
  const syscalls = wish.syscalls.length > 0;
  const subjects = [files, network, syscalls].filter(Boolean).length;
  must(
    subjects > 0,
    'what shall it watch? --path FILE --write (or --read, --exec), --connect, --bind, --listen, or --syscall NAME',
  );
  must(subjects < 2, 'files, network and system calls are three policies: write one at a time');
  must(
    wish.paths.length === 0 || wish.read || wish.write || wish.exec,
    '--path needs --read, --write or --exec: what is done to it?',
  );
  must(
    wish.paths.length > 0 || (!wish.read && !wish.write),
    '--read and --write need --path: of which files?',
  );
  const narrow = wish.cidrs.length + wish.notCidrs.length + wish.ports.length > 0;
  must(network || !narrow, '--cidr, --not-cidr and --port need --connect, --bind or --listen');
  must(
    syscalls || (wish.args.length === 0 && wish.returns === undefined),
    '--arg and --return need --syscall',
  );
  must(
    wish.args.length === 0 || wish.syscalls.length < 2,
    '--arg needs exactly one --syscall: the arguments of others mean something else',
  );
  must(
    wish.binaries.length === 0 || wish.notBinaries.length === 0,
    '--binary and --not-binary exclude each other',
  );
  must(
    !wish.followChildren || wish.binaries.length + wish.notBinaries.length > 0,
    '--follow-children needs --binary or --not-binary: whose children?',
  );
  must(
    !wish.deny || wish.returns === undefined,
    '--deny and --return exclude each other: what has returned can not be denied any more',
  );
  must(
    wish.rateLimit === undefined || wish.returns === undefined,
    '--rate-limit and --return exclude each other: repeats are counted when a call begins',
  );
  must(
    wish.rateLimit === undefined || /^[1-9]\d{0,6}[smh]?$/.test(wish.rateLimit),
    `--rate-limit must be a time such as 30s, 5m or 1h, not "${wish.rateLimit}"`,
  );
  must(
    wish.name === undefined || NAME.test(wish.name),
    '--name may hold lower-case letters, digits, "-" and "." only, with no sign at its ends',
  );
  const bytes = Buffer.byteLength(wish.message ?? '');
  must(
    wish.message === undefined || (bytes >= MESSAGE_BYTES.least && bytes <= MESSAGE_BYTES.most),
    `--message must have ${MESSAGE_BYTES.least} to ${MESSAGE_BYTES.most} bytes, not ${bytes}`,
  );
  return errors;
}

function wishedHooks(wish: PolicyWish, host: WishHost, taken: number, errors: Errors): HookWish[] {
  const paths = readPaths('--path', wish.paths, host, errors);
  checkNetworks('--cidr', wish.cidrs, errors);
  checkNetworks('--not-cidr', wish.notCidrs, errors);
  const network = { ...wish, ports: readPorts(wish.ports, errors) };
  const args = readArguments(wish.args, errors);
  const syscalls = wish.syscalls.map((text) => readSyscall(text, errors));
  return [
    ...(wish.read || wish.write ? fileHooks(paths, wish) : []),
    ...(wish.exec ? [execHook(paths)] : []),
    ...(wish.connect ? [connectHook(network, wish.deny)] : []),
    ...(wish.bind ? [bindHook(network)] : []),
    ...(wish.listen ? [listenHook(network, wish.deny)] : []),
    ...syscalls.map((name) => syscallHook(name, args, taken)),
  ];
}

/** Names of both architectures: a policy may be written for another host. */
const SYSCALL_ABIS: readonly SyscallAbi[] = ['x64', 'arm64'];

function readSyscall(text: string, errors: Errors): string {
  const name = text.replace(/^(__(x64|arm64)_)?sys_/, '');
  if (!SYSCALL_ABIS.some((abi) => syscallNames(abi).includes(name)))
    errors.push(`--syscall: "${text}" is not a system call of x86-64 or arm64`);
  return name;
}

/** Alternatives; [undefined]: any program. */
function readBinaries(wish: PolicyWish, host: WishHost, errors: Errors): NewSelector['binaries'][] {
  const not = wish.notBinaries.length > 0;
  const flag = not ? '--not-binary' : '--binary';
  const { exact, prefixes } = readPaths(flag, not ? wish.notBinaries : wish.binaries, host, errors);
  if (not && exact.length > 0 && prefixes.length > 0)
    errors.push('--not-binary: programs and folders together do not fit into one filter');
  if (wish.followChildren && prefixes.length > 0)
    errors.push('--follow-children goes with programs, not with folders of programs');
  const alternatives: NewSelector['binaries'][] = [];
  const add = (values: NewValue[], operator: string, why: string) => {
    if (values.length === 0) return;
    alternatives.push({
      operator: not ? `Not${operator}` : operator,
      values,
      followChildren: wish.followChildren,
      why: not ? `all programs but ${why}` : `only ${why}`,
    });
  };
  const children = wish.followChildren ? ', and what they start' : '';
  add(exact, 'In', `these${children} (resolved paths, without links):`);
  add(prefixes, 'Prefix', 'those below these folders:');
  return alternatives.length > 0 ? alternatives : [undefined];
}

/** EPERM, as the kernel returns errors. */
const DENIED = -1;

function wishedActions(wish: PolicyWish, hook: HookWish): NewAction[] {
  const actions: NewAction[] = [];
  if (wish.deny)
    actions.push({
      action: 'Override',
      fields: { argError: DENIED },
      why: hook.syscall
        ? 'The call does not happen and returns -1: EPERM. For Tetragon the kernel needs CONFIG_BPF_KPROBE_OVERRIDE.'
        : 'The kernel is told EPERM, and the call fails. It needs fmod_ret or BPF LSM (from 5.7), or for connect and bind cgroup v2: "trigon policy check" says what this kernel has.',
    });
  if (wish.kill)
    actions.push({
      action: 'Sigkill',
      why:
        wish.returns === undefined
          ? 'The process is killed; what was under way may still happen, see "trigon policy check".'
          : 'The process is killed after the call: what it did is done.',
    });
  if (wish.rateLimit !== undefined)
    actions.push({
      action: 'Post',
      fields: { rateLimit: wish.rateLimit },
      why: 'The event; the same again from the same thread only after this time.',
    });
  return actions;
}

const isEmpty = (selector: NewSelector): boolean =>
  selector.args.length +
    selector.data.length +
    selector.returns.length +
    selector.actions.length +
    selector.returnActions.length ===
    0 && selector.binaries === undefined;

/** A name from what is watched: shadow-writes, outgoing-connections, ptrace-calls. */
function nameOf(wish: PolicyWish): string {
  const slug = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60)
      .replace(/-$/, '');
  const [path] = wish.paths;
  const [syscall] = wish.syscalls;
  if (syscall !== undefined) return `${slug(syscall.replace(/^(__\w+?_)?sys_/, ''))}-calls`;
  if (wish.connect) return 'outgoing-connections';
  if (wish.bind) return 'address-binds';
  if (wish.listen) return 'listeners';
  const what = wish.exec && !wish.read && !wish.write ? 'starts' : fileWord(wish);
  const subject =
    path === undefined ? 'program' : slug(path.split('/').filter(Boolean).at(-1) ?? '');
  return `${subject || 'root'}-${what}`;
}

const fileWord = ({ read, write }: PolicyWish): string =>
  read === write ? 'accesses' : read ? 'reads' : 'writes';

function about(wish: PolicyWish): string[] {
  const enforces = wish.kill || wish.deny;
  return [
    'Written by "trigon policy new"; change it as you like, then run "trigon policy check" on it.',
    enforces
      ? 'Trigon loads it in monitor mode: it only counts what it would have done, until it is armed ("trigon policy mode NAME enforce", or --enforce). Tetragon enforces at once.'
      : 'It watches and changes nothing.',
  ];
}
