import type { Hook, PolicyError, Selector } from './model.ts';
import type { HookPlan, HookPoint, HostAbilities, PolicyPlan } from './plan.ts';
import { problemAt } from './planning/context.ts';
import { glibcFunction, isDoneByIoUring, missingSiblings } from './siblings.ts';

/** A warning about a part of a policy. */
type Warn = (at: Parameters<typeof problemAt>[1], message: string) => void;

/** What the operator of a planned policy should know before relying on it. */
export function warningsOf(plan: Omit<PolicyPlan, 'warnings'>, host: HostAbilities): PolicyError[] {
  const warnings: PolicyError[] = [];
  const warn: Warn = (at, message) => warnings.push(problemAt(plan.policy, at, message));
  warnOfWorkload(plan, warn);
  const watched = watchedSyscalls(plan.hooks);
  for (const hook of plan.hooks) {
    if (hook.points.length === 0) {
      if (hook.selectors.some(({ enforces }) => enforces))
        warn(hook.hook, 'this hook can’t be had here: what it is to prevent is not prevented');
      continue;
    }
    warnOfSiblings(hook, watched, host, warn);
    warnOfRaces(hook, warn);
    warnOfReturn(hook, warn);
    warnOfSizes(hook, warn);
    warnOfKills(hook, warn);
    warnOf32Bits(hook, host, warn);
    warnOfEverything(hook, warn);
    warnOfSession(hook, warn);
    for (const selector of hook.selectors) {
      warnOfBinaries(selector, host, warn);
      warnOfNegations(hook.hook, selector, warn);
    }
  }
  return warnings;
}

function warnOfWorkload({ policy }: Omit<PolicyPlan, 'warnings'>, warn: Warn): void {
  const { pod, container } = policy.workload;
  if (policy.namespace !== undefined)
    warn(
      { position: policy.position, field: 'metadata.namespace' },
      `only containers of pods in namespace ${policy.namespace} match, by what this host knows of its containers: without Kubernetes none`,
    );
  for (const [field, selector] of [
    ['spec.podSelector', pod],
    ['spec.containerSelector', container],
  ] as const)
    if (selector)
      warn(
        { position: selector.position, field },
        'containers are matched by what this host knows of them (cgroup and container runtime); processes outside of containers never match',
      );
}

const syscallOf = ({ attachment, obtained }: HookPoint): string | undefined =>
  attachment.kind === 'syscall' && obtained === 'exact' ? attachment.syscall : undefined;

function watchedSyscalls(hooks: readonly HookPlan[]): Set<string> {
  return new Set(hooks.flatMap(({ points }) => points.flatMap((point) => syscallOf(point) ?? [])));
}

function warnOfSiblings(
  { hook, points }: HookPlan,
  watched: ReadonlySet<string>,
  { arch }: HostAbilities,
  warn: Warn,
): void {
  const syscalls = points.flatMap((point) => syscallOf(point) ?? []);
  // Who lists many calls has chosen them.
  if (syscalls.length > 8) return;
  for (const syscall of syscalls) {
    const missing = missingSiblings(syscall, watched, arch);
    if (missing.length > 0) {
      const used = missing.flatMap((name) => {
        const glibc = glibcFunction(name);
        return glibc === undefined ? [] : [`${glibc} of glibc uses ${name}`];
      });
      warn(
        hook,
        `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} the same as ${syscall} and ${missing.length === 1 ? 'is' : 'are'} not watched${used.length > 0 ? ` (${used.join('; ')})` : ''}`,
      );
    }
    if (isDoneByIoUring(syscall))
      warn(hook, `io_uring can do what ${syscall} does without the system call; that is not seen`);
  }
}

/** Texts in the caller's memory that filters look at. */
function warnOfRaces({ hook, points }: HookPlan, warn: Warn): void {
  const filtered = new Set(
    hook.selectors.flatMap(({ matchArgs }) => matchArgs.flatMap((filter) => filter.arguments)),
  );
  const raced = points.some(({ values }) =>
    [...filtered].some((position) => {
      const value = values.get(position);
      return value?.flags.includes('TG_VALUE_USER') && !value.flags.includes('TG_VALUE_IN_PLACE');
    }),
  );
  if (raced && hook.kind !== 'uprobe' && hook.kind !== 'usdt')
    warn(
      hook,
      'a filter reads the caller’s memory before the kernel does: another thread can change it in between, and a page that is not in memory yet can’t be read (counted as argument faults)',
    );
}

function warnOfReturn({ hook, points }: HookPlan, warn: Warn): void {
  if (!('return' in hook) || !hook.return) return;
  if (points.some(({ returnValue, when }) => returnValue === undefined && when !== 'enforce'))
    warn(
      hook,
      'the result of the call is not waited for: what stands in for the function does not tell it',
    );
}

function warnOfSizes({ hook, values }: HookPlan, warn: Warn): void {
  const wanting = [...hook.args].find(({ maxData }) => maxData);
  if (wanting)
    warn(
      wanting,
      `maxData: at most ${values[0]?.atMost ?? 4095} bytes of a buffer are told in this version`,
    );
}

const signals = (selector: Selector): boolean =>
  selector.actions.some(({ action }) => action === 'Sigkill' || action === 'Signal');

function warnOfKills({ hook, points, selectors }: HookPlan, warn: Warn): void {
  if (!selectors.some(signals)) return;
  const acting = points.filter(({ canSignal, when }) => canSignal && when !== 'monitor');
  for (const text of new Set(acting.map(({ sigkill }) => sigkill)))
    warn(hook, `what SIGKILL does here: ${text}`);
}

/** What stands in for functions says so itself. */
function warnOf32Bits(
  { hook, points, selectors }: HookPlan,
  host: HostAbilities,
  warn: Warn,
): void {
  const isSyscall = points.some((point) => syscallOf(point) !== undefined);
  if (host.arch === 'x64' && isSyscall && selectors.some(({ enforces }) => enforces))
    warn(
      hook,
      'system calls of the 32-bit interface (int 0x80) are not seen, where the kernel has it (CONFIG_IA32_EMULATION): what is done by them is not prevented',
    );
}

const isUnfiltered = (selector: Selector): boolean =>
  selector.matchArgs.length + selector.matchData.length + selector.matchReturnArgs.length === 0 &&
  !isRestricted(selector);

/** The selector looks at the process, so that it does not take all of them. */
const isRestricted = (selector: Selector): boolean =>
  selector.matchBinaries !== undefined ||
  selector.matchParentBinaries !== undefined ||
  selector.matchWorkloads !== undefined ||
  selector.matchNamespaceChanges !== undefined ||
  selector.matchPIDs.length +
    selector.matchNamespaces.length +
    selector.matchCapabilities.length +
    selector.matchCapabilityChanges.length >
    0;

function warnOfEverything({ hook, selectors }: HookPlan, warn: Warn): void {
  if (selectors.length === 0)
    warn(hook, 'there are no selectors: every call of every process is told');
  for (const [index, selector] of selectors.entries()) {
    if (!isUnfiltered(selector)) continue;
    if (selector.enforces)
      warn(
        selector,
        'the selector has no filters: it acts on every process of the machine that makes such a call',
      );
    else if (selector.posts)
      warn(selector, 'the selector has no filters: it matches every call of every process');
    if (index < selectors.length - 1)
      warn(selector, 'the selectors behind it never come into play: the first that matches counts');
  }
}

/** Programs that an operator's session runs in. */
const SESSION =
  /\/(?:ba|z|da|k|c|tc|fi)?sh$|\/(?:sshd|sshd-session|tmux|screen|sudo|su|login|getty|agetty|systemd|systemd-logind|init|dbus-daemon)$/;

function warnOfSession({ hook, selectors }: HookPlan, warn: Warn): void {
  const enforcing = selectors.filter((selector) => selector.enforces);
  for (const selector of enforcing) {
    const { matchBinaries } = selector;
    const named =
      matchBinaries?.operator === 'In'
        ? matchBinaries.values.filter((path) => SESSION.test(path))
        : [];
    if (named.length > 0)
      warn(
        selector,
        `the rule acts on ${named.join(', ')}: the session from which you work may be hit (Trigon spares the processes that it runs under itself)`,
      );
  }
  const unlimited = enforcing.filter((selector) => !isRestricted(selector));
  if (unlimited.length > 0)
    warn(
      unlimited.length === 1 ? (unlimited[0] ?? hook) : hook,
      `${unlimited.length === 1 ? 'the rule is' : `${unlimited.length} rules are`} not limited to programs, pids, namespaces or workloads: your own shell, sshd and system services are hit as well when they make such a call`,
    );
}

const SCRIPT = /\.(?:sh|bash|py|pl|rb|js|mjs|php|lua|tcl|awk)$/;

function warnOfBinaries(selector: Selector, host: HostAbilities, warn: Warn): void {
  for (const filter of [selector.matchBinaries, selector.matchParentBinaries]) {
    if (!filter) continue;
    const at = { position: filter.position, field: `${selector.field}.matchBinaries` };
    // Exemptions name the programs of several distributions: one of them is enough.
    const mayMiss =
      filter.operator === 'NotIn' &&
      filter.values.some((path) => host.realPath(path) !== undefined);
    for (const path of filter.values) {
      if (SCRIPT.test(path))
        warn(
          at,
          `${path}: a script runs as its interpreter, and that is the path that is compared`,
        );
      if (filter.operator !== 'In' && filter.operator !== 'NotIn') continue;
      const real = host.realPath(path);
      if (real !== undefined && real !== path)
        warn(
          at,
          `${path} leads to ${real} here; the kernel compares the real path, so write that one (too)`,
        );
      else if (real === undefined && path.startsWith('/') && !mayMiss)
        warn(at, `there is no ${path} on this host now`);
    }
  }
}

const PATH_TYPES = ['file', 'path', 'dentry', 'fd', 'kiocb', 'linux_binprm'];

function warnOfNegations(hook: Hook, selector: Selector, warn: Warn): void {
  for (const filter of selector.matchArgs) {
    if (!filter.operator.startsWith('Not')) continue;
    const type = hook.args[filter.arguments[0] ?? 0]?.type ?? '';
    if (PATH_TYPES.includes(type) && filter.values.kind === 'texts')
      warn(
        filter,
        'what has no path (a pipe, a socket, a memfd) never matches, not even this negation',
      );
    if (filter.values.kind !== 'addresses') continue;
    const lengths = new Set(filter.values.addresses.map(({ address }) => address.length));
    if (lengths.size === 1)
      warn(
        filter,
        lengths.has(4)
          ? 'only IPv4 networks are listed: every IPv6 address, ::1 too, counts as outside'
          : 'only IPv6 networks are listed: every IPv4 address, 127.0.0.1 too, counts as outside',
      );
  }
}
