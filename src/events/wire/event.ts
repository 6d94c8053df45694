import {
  tg_exit_record as EXIT,
  tg_file_argument as FILE_ARGUMENT,
  tg_int_argument as INT_ARGUMENT,
  tg_outcome as OUTCOME,
  tg_policy_record as POLICY,
  tg_record as RECORD,
  tg_action,
  tg_argument,
  tg_argument_type,
  tg_mode,
  tg_text_flag,
} from '../../generated/layouts.ts';
import { signalName } from '../signals.ts';
import { decodeUtf8 } from '../text.ts';
import type { ActionOutcome, Event, EventExtension, KprobeArgument, Process } from '../types.ts';
import { PACKED_FLAG, PACKED_KIND, type PackedEvent } from './packed.ts';
import { type ProcessIdentity, readProcess } from './process.ts';
import type { ProcessDetail } from './processDetail.ts';
import { viewOf } from './view.ts';

/** What a policy event needs to know of its policy: the record holds only numbers. */
export type HookNames = {
  policyName: string;
  functionName: string;
  message: string | undefined;
  tags: readonly string[];
  /** Labels of the hook's args, by position. */
  labels: readonly (string | undefined)[];
  obtained: string;
};

export type EventContext = {
  node: string;
  hookNames(policy: number, hook: number): HookNames | undefined;
  /** Which of the optional parts of a process are wanted; none when absent. */
  detail?: ProcessDetail;
  /** The parent of an event's process, where it is known. */
  parent(tgid: number, ktime: bigint): Process | undefined;
};

/** A packed event as Tetragon's event. */
export function readEvent(packed: PackedEvent, context: EventContext): Event {
  const identity: ProcessIdentity = {
    ...packed,
    cloned: (packed.flags & PACKED_FLAG.cloned) !== 0,
    inInitTree: (packed.flags & PACKED_FLAG.inInitTree) !== 0,
    bootToWall: packed.time - viewOf(packed.payload).getBigUint64(RECORD.at.ktime, true),
    node: context.node,
  };
  const parent = context.parent(packed.parentTgid, packed.parentKtime);
  const common = {
    process: readProcess(packed.process, identity, context.detail),
    ...(parent ? { parent } : {}),
    nodeName: context.node,
    time: packed.time,
  };
  switch (packed.kind) {
    case PACKED_KIND.exec:
      return { kind: 'process_exec', ...common };
    case PACKED_KIND.exit:
      return { kind: 'process_exit', ...common, ...readExit(packed), exitTime: packed.time };
    case PACKED_KIND.policy:
      return { kind: 'process_kprobe', ...common, ...readPolicyEvent(packed.payload, context) };
  }
}

/** The code is wait(2)'s: signal in the low 7 bits, exit status in the second byte. */
function readExit({ payload }: PackedEvent): { status: number; signal?: string } {
  const code = viewOf(payload).getUint32(EXIT.at.code, true);
  const signal = code & 0x7f;
  return { status: (code >> 8) & 0xff, ...(signal === 0 ? {} : { signal: signalName(signal) }) };
}

function readPolicyEvent(payload: Uint8Array, context: EventContext) {
  const view = viewOf(payload);
  const number = (at: number) => view.getUint32(at, true);
  const names = context.hookNames(number(POLICY.at.policy), number(POLICY.at.hook));
  const kills = (number(POLICY.at.actions) & tg_action.TG_ACTION_SIGKILL) !== 0;
  const trigon: EventExtension = {
    ...(names ? { obtained: names.obtained } : {}),
    mode: number(POLICY.at.mode) === tg_mode.TG_MODE_ENFORCE ? 'enforce' : 'monitor',
    ...readOutcome(number(POLICY.at.outcome)),
  };
  return {
    functionName: names?.functionName ?? '',
    args: readArguments(payload, number(POLICY.at.argument_count), names?.labels ?? []),
    // Tetragon shows the action of the selector also when monitor mode holds it back.
    action: kills ? ('KPROBE_ACTION_SIGKILL' as const) : ('KPROBE_ACTION_POST' as const),
    policyName: names?.policyName ?? '',
    ...(names?.message === undefined ? {} : { message: names.message }),
    ...(names && names.tags.length > 0 ? { tags: names.tags } : {}),
    trigon,
  };
}

function readOutcome(outcome: number): { outcome?: ActionOutcome; outcomeReason?: string } {
  switch (outcome) {
    case OUTCOME.TG_OUTCOME_OBSERVED:
      return {};
    case OUTCOME.TG_OUTCOME_WOULD_KILL:
      return { outcome: 'withheld', outcomeReason: 'monitor mode' };
    case OUTCOME.TG_OUTCOME_KILLED:
      return { outcome: 'applied' };
    case OUTCOME.TG_OUTCOME_PROTECTED:
      return { outcome: 'skipped', outcomeReason: 'protected process' };
    case OUTCOME.TG_OUTCOME_EXPIRED:
      return { outcome: 'skipped', outcomeReason: 'arming expired' };
    case OUTCOME.TG_OUTCOME_FUSED:
      return { outcome: 'skipped', outcomeReason: 'fuse blown' };
    default:
      return { outcome: 'failed', outcomeReason: 'the kernel refused the signal' };
  }
}

function readArguments(
  payload: Uint8Array,
  count: number,
  labels: readonly (string | undefined)[],
): KprobeArgument[] {
  const view = viewOf(payload);
  const args: KprobeArgument[] = [];
  let at: number = POLICY.size;
  for (let i = 0; i < count && at + tg_argument.size <= payload.length; i++) {
    const size = view.getUint32(at + tg_argument.at.size, true);
    const label = labels[i];
    args.push({
      ...readArgument(payload, view, at, size),
      ...(label === undefined ? {} : { label }),
    });
    at += (tg_argument.size + size + 7) & ~7;
  }
  return args;
}

function readArgument(
  payload: Uint8Array,
  view: DataView,
  at: number,
  size: number,
): KprobeArgument {
  switch (view.getUint32(at + tg_argument.at.type, true)) {
    case tg_argument_type.TG_ARGUMENT_INT: {
      const value = Number(view.getBigInt64(at + INT_ARGUMENT.at.value, true));
      return { kind: 'int_arg', value };
    }
    case tg_argument_type.TG_ARGUMENT_FILE: {
      const flags = view.getUint32(at + FILE_ARGUMENT.at.flags, true);
      const text = payload.subarray(at + FILE_ARGUMENT.size, at + tg_argument.size + size);
      const deleted = flags & tg_text_flag.TG_PATH_DELETED ? ' (deleted)' : '';
      return {
        kind: 'file_arg',
        value: {
          path: decodeUtf8(text) + deleted,
          ...(flags & tg_text_flag.TG_PATH_PARTIAL ? { flags: 'unresolvedPathComponents' } : {}),
          permission: formatPermission(view.getUint32(at + FILE_ARGUMENT.at.mode, true)),
        },
      };
    }
    default:
      return { kind: 'unknown' };
  }
}

/** S_IFMT of an inode's mode >> 12 to the letter of `ls -l` (inode(7)). */
const FILE_TYPES: Readonly<Record<number, string>> = {
  1: 'p',
  2: 'c',
  4: 'd',
  6: 'b',
  8: '-',
  10: 'l',
  12: 's',
};

/** An inode's mode as `ls -l` shows it. */
export function formatPermission(mode: number): string {
  const bits = (shift: number, special: boolean, letter: string): string => {
    const execute = (mode >> shift) & 1 ? 'x' : '-';
    const last = special ? (execute === 'x' ? letter : letter.toUpperCase()) : execute;
    return `${(mode >> (shift + 2)) & 1 ? 'r' : '-'}${(mode >> (shift + 1)) & 1 ? 'w' : '-'}${last}`;
  };
  return (
    (FILE_TYPES[mode >> 12] ?? '-') +
    bits(6, (mode & 0o4000) !== 0, 's') +
    bits(3, (mode & 0o2000) !== 0, 's') +
    bits(0, (mode & 0o1000) !== 0, 't')
  );
}
