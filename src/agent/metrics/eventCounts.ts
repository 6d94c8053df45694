import type { HookNames } from '../../events/wire/event.ts';
import { PACKED_KIND, type PackedEvent } from '../../events/wire/packed.ts';
import { numberIn, type RecordSpan, u32In } from '../../events/wire/span.ts';
import { viewOf } from '../../events/wire/view.ts';
import {
  tg_policy_record as POLICY,
  tg_throttle_record as THROTTLE,
  tg_throttle_type as THROTTLE_TYPE,
} from '../../generated/layouts.ts';
import { binaryOf, type Program } from '../aggregate/program.ts';
import { createLabelCounter, type LabelCount } from './labelCounter.ts';
import { createLatency, type LatencyCounts } from './latency.ts';

/** Counters of the events that leave the agent. Nothing is decoded for them but a binary's path, once a program. */
export type EventCounts = {
  /** The events that come now are read at this time: boot clock ns, and what makes the wall clock of it. */
  beginTurn(boot: bigint, bootToWall: bigint): void;
  /** @param program undefined: of no process, or of one that is not known */
  add(event: PackedEvent, program: Program | undefined): void;
  /** The same of a policy record that no event is made of. */
  addRecord(record: RecordSpan, program: Program | undefined): void;
  read(): EventTotals;
};

export type EventTotals = {
  /** By Tetragon's type: `PROCESS_EXEC`, … */
  readonly byType: readonly LabelCount[];
  /** By policy and hook, as `hookKey` has them. */
  readonly byHook: readonly LabelCount[];
  readonly throttles: { readonly started: number; readonly stopped: number };
  readonly latency: LatencyCounts;
};

/** Types as Tetragon numbers them in enum EventType, and ours. */
const TYPES: Readonly<Record<HookNames['kind'], string>> = {
  kprobe: 'PROCESS_KPROBE',
  tracepoint: 'PROCESS_TRACEPOINT',
  lsm: 'PROCESS_LSM',
  uprobe: 'PROCESS_UPROBE',
  usdt: 'PROCESS_USDT',
  loader: 'PROCESS_LOADER',
};

type Hook = { readonly names: HookNames; readonly type: string; readonly key: string };

/** @param perBinary whether counters are kept for each binary */
export function createEventCounts(
  hookNames: (policy: number, hook: number) => HookNames | undefined,
  perBinary: boolean,
): EventCounts {
  const byType = createLabelCounter(perBinary);
  const byHook = createLabelCounter(perBinary);
  const latency = createLatency();
  const throttles = { started: 0, stopped: 0 };
  const hooks = new Map<number, Hook>();
  let wall = 0n;
  let boot = 0;

  /** Numbers are taken again by other policies. */
  const hookOf = (policy: number, number: number): Hook | undefined => {
    const names = hookNames(policy, number);
    const known = hooks.get(number);
    if (!names || known?.names === names) return known;
    const hook = {
      names,
      type: TYPES[names.kind],
      key: hookKey(names.policyName, hookText(names)),
    };
    hooks.set(number, hook);
    return hook;
  };

  /** Nothing is decoded for counters that are kept of all binaries together. */
  const labelOf = (program: Program | undefined): string =>
    perBinary && program ? binaryOf(program) : '';

  const countPolicy = (policy: number, number: number, binary: string) => {
    const hook = hookOf(policy, number);
    byType.add(hook?.type ?? 'PROCESS_KPROBE', binary);
    if (hook) byHook.add(hook.key, binary);
  };

  return {
    beginTurn(now, bootToWall) {
      boot = Number(now);
      wall = now + bootToWall;
    },
    addRecord(record, program) {
      const binary = labelOf(program);
      countPolicy(u32In(record, POLICY.at.policy), u32In(record, POLICY.at.hook), binary);
      latency.observe(boot - numberIn(record, POLICY.at.head.ktime));
    },
    add(event, program) {
      const binary = labelOf(program);
      switch (event.kind) {
        case PACKED_KIND.exec:
          byType.add('PROCESS_EXEC', binary);
          break;
        case PACKED_KIND.exit:
          byType.add('PROCESS_EXIT', binary);
          break;
        case PACKED_KIND.policy: {
          const { payload } = event;
          countPolicy(u32At(payload, POLICY.at.policy), u32At(payload, POLICY.at.hook), binary);
          break;
        }
        case PACKED_KIND.throttle: {
          byType.add('PROCESS_THROTTLE', '');
          const type = viewOf(event.payload).getUint32(THROTTLE.at.type, true);
          // The agent itself made those that stop it: they have lain in no ring.
          if (type === THROTTLE_TYPE.TG_THROTTLE_STOP) {
            throttles.stopped += 1;
            return;
          }
          throttles.started += 1;
          break;
        }
        case PACKED_KIND.journal:
          return byType.add('TRIGON_JOURNAL', '');
        default:
          return;
      }
      latency.observe(Number(wall - event.time));
    },
    read: () => ({
      byType: byType.list(),
      byHook: byHook.list(),
      throttles: { ...throttles },
      latency: latency.read(),
    }),
  };
}

/** Without a view of its own for each event. */
const u32At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)) >>>
  0;

const SEPARATOR = '\0';

const hookKey = (policy: string, hook: string): string => `${policy}${SEPARATOR}${hook}`;

/** Undoes `hookKey`: no name of a policy has a NUL. */
export function splitHookKey(key: string): { policy: string; hook: string } {
  const [policy = '', hook = ''] = key.split(SEPARATOR);
  return { policy, hook };
}

/** As Tetragon's label has it: `kprobe:__x64_sys_execve`. */
function hookText(names: HookNames): string {
  switch (names.kind) {
    case 'kprobe':
    case 'lsm':
      return `${names.kind}:${names.functionName}`;
    case 'tracepoint':
      return `tracepoint:${names.subsystem}/${names.event}`;
    case 'uprobe':
      return `uprobe:${names.path}:${names.symbol || `0x${names.offset.toString(16)}`}`;
    case 'usdt':
      return `usdt:${names.path}:${names.provider}/${names.name}`;
    case 'loader':
      return 'loader';
  }
}
