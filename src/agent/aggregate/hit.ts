import {
  tg_outcome as OUTCOME,
  tg_policy_record as POLICY,
  tg_type as TYPE,
  tg_argument,
} from '../../generated/layouts.ts';

/** What the counters need of a policy event. */
export type PolicyHit = {
  /** Boot clock ns. */
  time: bigint;
  /** What it is about, by its arguments. */
  subject: HitSubject | undefined;
  killed: boolean;
  /** The call was refused. A signal that doesn't kill is neither. */
  denied: boolean;
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

/** Reads a policy record without decoding its texts. */
export function readHit(view: DataView): PolicyHit {
  const outcome = view.getUint32(POLICY.at.outcome, true);
  return {
    time: view.getBigUint64(POLICY.at.head.ktime, true),
    subject: subjectOf(view),
    killed: outcome === OUTCOME.TG_OUTCOME_KILLED,
    denied: outcome === OUTCOME.TG_OUTCOME_OVERRIDDEN,
  };
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
export const subjectAt = (view: DataView, at: number): HitSubject | undefined =>
  at < 0 ? undefined : SUBJECTS.get(view.getUint32(at + tg_argument.at.type, true));

/** The first argument that tells decides. Sockets of unix(7) lead to no network. */
function subjectOf(view: DataView): HitSubject | undefined {
  const count = view.getUint32(POLICY.at.argument_count, true);
  let at: number = POLICY.size;
  for (let i = 0; i < count && at + tg_argument.size <= view.byteLength; i++) {
    const subject = subjectAt(view, at);
    if (subject) return subject;
    at += (tg_argument.size + view.getUint32(at + tg_argument.at.size, true) + 7) & ~7;
  }
  return undefined;
}
