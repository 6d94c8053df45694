import { everyCall } from '../../../../src/policies/everyCall.ts';
import type {
  Action,
  ArgumentFilter,
  KprobeHook,
  Selector,
} from '../../../../src/policies/model.ts';
import type {
  HookPlan,
  HookPoint,
  SelectorPlan,
  ValuePlan,
} from '../../../../src/policies/plan.ts';
import type { Position } from '../../../../src/policies/yaml.ts';

const position: Position = { line: 1, column: 1 };

export const value = (change: Partial<ValuePlan> = {}): ValuePlan => ({
  type: 'TG_TYPE_INT',
  input: 0,
  flags: [],
  sizeInput: undefined,
  atMost: 0,
  steps: [],
  offset: 0,
  atReturn: false,
  label: undefined,
  declared: 'int',
  ...change,
});

export const text = (change: Partial<ValuePlan> = {}): ValuePlan =>
  value({ type: 'TG_TYPE_STRING', flags: ['TG_VALUE_USER'], declared: 'string', ...change });

export const nop = (): ValuePlan => value({ type: undefined, declared: 'nop' });

export const filter = (change: Partial<ArgumentFilter> = {}): ArgumentFilter => ({
  arguments: [0],
  operator: 'Equal',
  values: { kind: 'ranges', ranges: [[1n, 1n]] },
  field: 'matchArgs[0]',
  position,
  ...change,
});

export const selector = (change: Partial<Selector> = {}): SelectorPlan => ({
  ...everyCall({ field: 'spec.kprobes[0].selectors[0]', position }),
  enforces: false,
  posts: true,
  ...change,
});

export const action = (change: Partial<Action> = {}): Action => ({
  action: 'Post',
  argError: undefined,
  argSig: undefined,
  argUrl: undefined,
  argFqdn: undefined,
  argSock: undefined,
  argIndex: undefined,
  argValue: undefined,
  argRegs: [],
  argNewCall: undefined,
  rateLimit: undefined,
  kernelStackTrace: false,
  userStackTrace: false,
  imaHash: false,
  field: '',
  position,
  ...change,
});

const hook: KprobeHook = {
  kind: 'kprobe',
  call: 'sys_openat',
  syscall: true,
  return: false,
  returnArg: undefined,
  returnArgAction: undefined,
  data: [],
  callNotFoundIgnored: false,
  args: [],
  message: undefined,
  tags: [],
  selectors: [],
  field: 'spec.kprobes[0]',
  position,
};

export const point = (change: Partial<HookPoint> = {}): HookPoint => ({
  functionName: '__x64_sys_openat',
  attachment: { kind: 'syscall', syscall: 'openat' },
  obtained: 'exact',
  differs: [],
  sigkill: '',
  canSignal: true,
  canOverride: false,
  refusedBy: [],
  when: 'always',
  values: new Map(),
  returnValue: undefined,
  requires: [],
  ...change,
});

export const hookPlan = (change: Partial<HookPlan> = {}): HookPlan => ({
  hook,
  points: [],
  missing: [],
  values: [],
  returnValue: undefined,
  selectors: [],
  ...change,
});
