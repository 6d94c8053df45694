import type { TrialResult } from '../bpf/addon.ts';
import {
  callHelper,
  callKernelFunction,
  copyRegister,
  type Instruction,
  pointToMap,
  pointToStack,
  setRegister,
} from './instructions.ts';
import type { ProgramKind } from './programs.ts';
import { explainRefusal, type Hints } from './refusal.ts';
import { no, type Outcome, partly, type Row, row, unknown, yes } from './report.ts';
import type { Lab } from './trials.ts';

/** A helper and a correct call of it, where one can be written without the kernel's types at hand. */
type Helper = {
  name: string;
  /** `enum bpf_func_id` (include/uapi/linux/bpf.h). */
  number: number;
  kinds: readonly ProgramKind[];
  /** Sets the arguments; without it the call has none that fit, and the verifier's complaint tells whether it knows the helper. */
  prepare?: readonly Instruction[];
  mapType?: number;
  hints?: Hints;
};

/** `enum bpf_map_type`. */
const STACK_TRACE = 7;
const RINGBUF = 27;
const INODE_STORAGE = 28;
const TASK_STORAGE = 29;

const TRACING: readonly ProgramKind[] = ['tp_btf', 'raw_tp', 'tracepoint', 'kprobe'];
const BOUND: readonly ProgramKind[] = ['tp_btf', 'fentry', 'lsm'];
const EVERYWHERE: readonly ProgramKind[] = [...TRACING, 'fentry', 'lsm', 'iter/task'];
const SLEEPABLE: readonly ProgramKind[] = ['iter.s/task', 'uprobe.s', 'lsm.s'];

/** (stack, 8 bytes, an address) */
const readEight: readonly Instruction[] = [
  ...pointToStack(1),
  setRegister(2, 8),
  setRegister(3, 0),
];
const GET_CURRENT_TASK_BTF = 158;

const HELPERS: readonly Helper[] = [
  {
    name: 'bpf_send_signal',
    number: 109,
    kinds: [...TRACING, 'fentry', 'lsm'],
    prepare: [setRegister(1, 9)],
  },
  {
    name: 'bpf_override_return',
    number: 58,
    kinds: ['kprobe'],
    prepare: [setRegister(2, -1)],
    hints: { option: 'BPF_KPROBE_OVERRIDE' },
  },
  {
    name: 'bpf_get_current_task_btf',
    number: GET_CURRENT_TASK_BTF,
    kinds: EVERYWHERE,
    prepare: [],
  },
  {
    name: 'bpf_ktime_get_boot_ns',
    number: 125,
    kinds: [...EVERYWHERE, 'cgroup/connect4'],
    prepare: [],
  },
  {
    name: 'bpf_ringbuf_output',
    number: 130,
    kinds: [...EVERYWHERE, 'cgroup/connect4'],
    prepare: [...pointToMap(1), ...pointToStack(2), setRegister(3, 8), setRegister(4, 0)],
    mapType: RINGBUF,
  },
  {
    name: 'bpf_probe_read_kernel',
    number: 113,
    kinds: EVERYWHERE,
    prepare: readEight,
    hints: { confidential: true },
  },
  { name: 'bpf_probe_read_user', number: 112, kinds: EVERYWHERE, prepare: readEight },
  { name: 'bpf_probe_read_user_str', number: 114, kinds: EVERYWHERE, prepare: readEight },
  { name: 'bpf_copy_from_user', number: 148, kinds: SLEEPABLE, prepare: readEight },
  { name: 'bpf_loop', number: 181, kinds: EVERYWHERE, hints: { since: [5, 17] } },
  { name: 'bpf_d_path', number: 147, kinds: ['iter/task', 'lsm.s'] },
  {
    name: 'bpf_get_stackid',
    number: 27,
    kinds: TRACING,
    prepare: [...pointToMap(2), setRegister(3, 0)],
    mapType: STACK_TRACE,
  },
  {
    name: 'bpf_get_stack',
    number: 67,
    kinds: TRACING,
    prepare: [...pointToStack(2), setRegister(3, 8), setRegister(4, 0)],
  },
  { name: 'bpf_ima_file_hash', number: 193, kinds: ['lsm.s'], hints: { option: 'IMA' } },
  {
    name: 'bpf_set_retval',
    number: 187,
    kinds: ['cgroup/connect4', 'cgroup/sendmsg4', 'cgroup/sock_create'],
    prepare: [setRegister(1, -1)],
    hints: { since: [5, 18] },
  },
  {
    name: 'bpf_task_storage_get',
    number: 156,
    kinds: BOUND,
    prepare: [
      callHelper(GET_CURRENT_TASK_BTF),
      copyRegister(2, 0),
      ...pointToMap(1),
      setRegister(3, 0),
      setRegister(4, 0),
    ],
    mapType: TASK_STORAGE,
  },
  { name: 'bpf_inode_storage_get', number: 145, kinds: ['lsm'], mapType: INODE_STORAGE },
];

/** Kernel functions that programs may call, where the kernel lists them for the program's kind (kfuncs). */
const KERNEL_FUNCTIONS: readonly { name: string; kinds: readonly ProgramKind[]; hints: Hints }[] = [
  { name: 'bpf_rdonly_cast', kinds: ['tp_btf', 'fentry', 'lsm'], hints: { since: [6, 2] } },
  { name: 'bpf_task_from_pid', kinds: ['tp_btf', 'fentry', 'lsm'], hints: { since: [6, 2] } },
  { name: 'bpf_get_task_exe_file', kinds: ['lsm'], hints: { since: [6, 12] } },
  { name: 'bpf_path_d_path', kinds: ['lsm'], hints: { since: [6, 12] } },
];

export function helperRows(lab: Lab): Row[] {
  const helpers = HELPERS.map((helper) =>
    row(`helper.${helper.name}`, helper.name, tryHelper(lab, helper)),
  );
  const functions = KERNEL_FUNCTIONS.map((fn) =>
    row(`kfunc.${fn.name}`, `${fn.name} (kfunc)`, tryKernelFunction(lab, fn)),
  );
  return [...helpers, ...functions];
}

function tryHelper(lab: Lab, { number, kinds, prepare = [], mapType = 0, hints }: Helper): Outcome {
  return tryIn(lab, kinds, hints, (kind) =>
    lab.loadWith(kind, [...prepare, callHelper(number)], mapType),
  );
}

function tryKernelFunction(
  lab: Lab,
  { name, kinds, hints }: (typeof KERNEL_FUNCTIONS)[number],
): Outcome {
  const first = lab.load('tp_btf');
  if (first.state === 'unknown') return first;
  const id = lab.kernelFunction(name);
  if (id === 0)
    return no(
      `the kernel's BTF has no such function; Linux ${hints.since?.join('.')} brought it`,
      `boot Linux ${hints.since?.join('.')} or later`,
    );
  return tryIn(lab, kinds, hints, (kind) => lab.loadWith(kind, [callKernelFunction(id)], 0));
}

/** Tries a call in each kind of program and sums it up: where it may be called, where not and why. */
function tryIn(
  lab: Lab,
  kinds: readonly ProgramKind[],
  hints: Hints | undefined,
  attempt: (kind: ProgramKind) => TrialResult | undefined,
): Outcome {
  const may: ProgramKind[] = [];
  const refused: ProgramKind[] = [];
  const untried: ProgramKind[] = [];
  let refusal: Outcome | undefined;
  for (const kind of kinds) {
    const result = attempt(kind);
    if (result === undefined) untried.push(kind);
    else if (result.ok || complainsOfArguments(result)) may.push(kind);
    else {
      refused.push(kind);
      refusal ??= explainRefusal(result, lab.facts, hints);
    }
  }
  const rest =
    untried.length > 0 ? `; not tried in ${untried.join(', ')}, which don't load here` : '';
  if (may.length > 0 && refusal === undefined) return yes(`in ${may.join(', ')}${rest}`);
  if (may.length > 0 && refusal !== undefined)
    return partly(`in ${may.join(', ')}; not in ${refused.join(', ')}: ${refusal.reason}${rest}`);
  if (refusal !== undefined) return { ...refusal, reason: `${refusal.reason}${rest}` };
  return noKind(lab, untried);
}

/** None of the kinds of program that could call it loads: what holds for them holds for it. */
function noKind(lab: Lab, kinds: readonly ProgramKind[]): Outcome {
  const outcomes = kinds.map((kind) => ({ kind, ...lab.load(kind) }));
  const untried = outcomes.find(({ state }) => state === 'unknown');
  if (untried) return unknown(untried.reason, untried.remedy);
  const [first] = outcomes;
  return no(
    `only for ${kinds.join(', ')} programs, which don't load here: ${first?.reason}`,
    first?.remedy ?? null,
  );
}

/**
 * The verifier looks the function up before it looks at the arguments (check_helper_call, check_kfunc_call in
 * kernel/bpf/verifier.c): a complaint about arguments says that the function may be called.
 */
function complainsOfArguments(result: TrialResult): boolean {
  return (
    !result.ok &&
    result.stage === 'load' &&
    (result.code === 'EACCES' || result.code === 'EINVAL') &&
    /^(R\d |arg#\d)/m.test(result.log)
  );
}
