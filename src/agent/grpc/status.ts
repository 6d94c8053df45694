/** What a call is refused with. */
import { type ServiceError, status } from '@grpc/grpc-js';
import { FilterError } from '../../events/tetragonFilter/fields.ts';
import { escapeLines } from '../../events/text.ts';
import { WireSyntaxError } from '../../grpc/wire/reader.ts';
import { PolicyRefusal } from '../policies/refusal.ts';

/** A request that is wrong, or can't be carried out now. */
export class CallRefusal extends Error {
  readonly code: status;
  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** Of a status' message: it travels in a header. */
const MAX_DETAILS = 4000;

type Status = Pick<ServiceError, 'code' | 'details'>;

/** The status for whatever a handler has thrown. */
export function statusOf(error: unknown): Status {
  const reason = error instanceof Error ? error.message : String(error);
  const details = escapeLines(reason).slice(0, MAX_DETAILS);
  return { code: codeOf(error), details };
}

function codeOf(error: unknown): status {
  if (error instanceof CallRefusal) return error.code;
  if (error instanceof WireSyntaxError || error instanceof FilterError)
    return status.INVALID_ARGUMENT;
  // The policy is there, or the host, but as they are now it can't be done.
  if (error instanceof PolicyRefusal) return status.FAILED_PRECONDITION;
  return status.INTERNAL;
}
