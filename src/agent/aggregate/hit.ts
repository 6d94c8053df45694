import {
  tg_outcome as OUTCOME,
  tg_policy_record as POLICY,
  tg_argument,
  tg_argument_type,
} from '../../generated/layouts.ts';

/** What the counters need of a policy event. */
export type PolicyHit = {
  /** Boot clock ns. */
  time: bigint;
  /** What it is about, by its arguments. */
  subject: 'file' | 'network' | undefined;
  killed: boolean;
  denied: boolean;
};

/** Reads a policy record without decoding its texts. */
export function readHit(view: DataView): PolicyHit {
  return {
    time: view.getBigUint64(POLICY.at.head.ktime, true),
    subject: hasFile(view) ? 'file' : undefined,
    killed: view.getUint32(POLICY.at.outcome, true) === OUTCOME.TG_OUTCOME_KILLED,
    // No action of this version denies.
    denied: false,
  };
}

function hasFile(view: DataView): boolean {
  const count = view.getUint32(POLICY.at.argument_count, true);
  let at: number = POLICY.size;
  for (let i = 0; i < count && at + tg_argument.size <= view.byteLength; i++) {
    if (view.getUint32(at + tg_argument.at.type, true) === tg_argument_type.TG_ARGUMENT_FILE)
      return true;
    at += (tg_argument.size + view.getUint32(at + tg_argument.at.size, true) + 7) & ~7;
  }
  return false;
}
