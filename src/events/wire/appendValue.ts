import {
  tg_argument as ARGUMENT,
  tg_policy_record as POLICY,
  type tg_type,
} from '../../generated/layouts.ts';
import { viewOf } from './view.ts';

const padded = (bytes: number): number => (bytes + 7) & ~7;

/** A policy record with one more value behind the others, as the kernel side would have appended it. */
export function appendValue(
  record: Uint8Array,
  type: (typeof tg_type)[keyof typeof tg_type],
  body: Uint8Array,
): Uint8Array {
  const at = padded(record.length);
  const longer = new Uint8Array(at + ARGUMENT.size + padded(body.length));
  longer.set(record);
  longer.set(body, at + ARGUMENT.size);
  const view = viewOf(longer);
  view.setUint32(at + ARGUMENT.at.type, type, true);
  view.setUint32(at + ARGUMENT.at.size, body.length, true);
  view.setUint32(POLICY.at.head.size, longer.length, true);
  return longer;
}
