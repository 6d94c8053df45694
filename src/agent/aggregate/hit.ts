import { numberIn, type RecordSpan, u32In } from '../../events/wire/span.ts';
import {
  tg_outcome as OUTCOME,
  tg_policy_record as POLICY,
  tg_type as TYPE,
  tg_argument,
} from '../../generated/layouts.ts';

/** What the counters need of a policy event. */
export type PolicyHit = {
  /** Boot clock ns. */
  time: number;
  /** What it is about, by its arguments. */
  subject: HitSubject | undefined;
  killed: boolean;
  /** The call was refused. A signal that doesn't kill is neither. */
  denied: boolean;
};

/** The same of a policy record. */
export type RecordHit = PolicyHit & {
  record: RecordSpan;
  /** Thread group. */
  pid: number;
  /** As the kernel side numbers them; the selector by its position in the hook. */
  policy: number;
  hook: number;
  selector: number;
  /** tg_outcome. */
  outcome: number;
};

export type HitSubject = 'file' | 'network';

/** What a policy event is about, in words. */
export type HitTarget = {
  readonly policy: string;
  /** A path, an address, a name …, or ''. Hostile text. */
  readonly target: string;
  /** What kind of thing the target is; undefined: neither. */
  readonly subject: HitSubject | undefined;
};

/** Reads policy records without decoding their texts, all of them into one hit: it holds until the next is read. */
export function createHitReader(): (record: RecordSpan) => RecordHit {
  let hit: RecordHit | undefined;
  return (record) => {
    if (hit) readInto(hit, record);
    else hit = readHit(record);
    return hit;
  };
}

export function readHit(record: RecordSpan): RecordHit {
  const hit: RecordHit = {
    ...{ record, time: 0, subject: undefined, killed: false, denied: false },
    ...{ pid: 0, policy: 0, hook: 0, selector: 0, outcome: 0 },
  };
  readInto(hit, record);
  return hit;
}

function readInto(hit: RecordHit, record: RecordSpan): void {
  const { at } = POLICY;
  const outcome = u32In(record, at.outcome);
  hit.record = record;
  hit.time = numberIn(record, at.head.ktime);
  hit.subject = subjectOf(record);
  hit.killed = outcome === OUTCOME.TG_OUTCOME_KILLED;
  hit.denied = outcome === OUTCOME.TG_OUTCOME_OVERRIDDEN;
  hit.pid = u32In(record, at.head.tgid);
  hit.policy = u32In(record, at.policy);
  hit.hook = u32In(record, at.hook);
  hit.selector = u32In(record, at.selector);
  hit.outcome = outcome;
}

/** By tg_type. */
const SUBJECTS: ReadonlyMap<number, HitSubject> = new Map<number, HitSubject>([
  [TYPE.TG_TYPE_FILE, 'file'],
  [TYPE.TG_TYPE_FD, 'file'],
  [TYPE.TG_TYPE_KIOCB, 'file'],
  [TYPE.TG_TYPE_PATH, 'file'],
  [TYPE.TG_TYPE_DENTRY, 'file'],
  [TYPE.TG_TYPE_FILENAME, 'file'],
  [TYPE.TG_TYPE_LINUX_BINPRM, 'file'],
  [TYPE.TG_TYPE_SOCK, 'network'],
  [TYPE.TG_TYPE_SOCKET, 'network'],
  [TYPE.TG_TYPE_SKB, 'network'],
  [TYPE.TG_TYPE_SOCKADDR, 'network'],
  [TYPE.TG_TYPE_NET_DEVICE, 'network'],
]);

/** What the argument at this place of a policy record is; undefined: neither, or no place. */
export const subjectAt = (record: RecordSpan, at: number): HitSubject | undefined =>
  at < 0 ? undefined : SUBJECTS.get(u32In(record, at + tg_argument.at.type));

/** The first argument that tells decides. Sockets of unix(7) lead to no network. */
function subjectOf(record: RecordSpan): HitSubject | undefined {
  const count = u32In(record, POLICY.at.argument_count);
  let at: number = POLICY.size;
  for (let i = 0; i < count && at + tg_argument.size <= record.length; i++) {
    const subject = subjectAt(record, at);
    if (subject) return subject;
    const size = u32In(record, at + tg_argument.at.size);
    // No such record comes from the kernel side; it would lead out of the record.
    if (size > record.length) return undefined;
    at += (tg_argument.size + size + 7) & ~7;
  }
  return undefined;
}
