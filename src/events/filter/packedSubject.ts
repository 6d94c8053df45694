import { tg_policy_record as POLICY } from '../../generated/layouts.ts';
import { type EventContext, readEvent } from '../wire/event.ts';
import type { HookNames } from '../wire/hookNames.ts';
import { PACKED_FLAG, PACKED_KIND, type PackedEvent } from '../wire/packed.ts';
import { readBinary } from '../wire/process.ts';
import { viewOf } from '../wire/view.ts';
import { type EventField, filterSubject, type SubjectOptions } from './fields.ts';
import type { FilterSubject } from './language.ts';

/**
 * A packed event as a filter sees it, the same as {@link filterSubject} of the whole event. Most fail a filter by their kind, program or
 * number: these stand in the record, and reading the whole event costs many times as much as looking there.
 */
export function packedSubject(
  packed: PackedEvent,
  context: EventContext,
  options: SubjectOptions,
): FilterSubject<EventField> {
  let whole: FilterSubject<EventField> | undefined;
  const subject = () => {
    whole ??= filterSubject(readEvent(packed, context), options);
    return whole;
  };
  const isRecord = isProcessRecord(packed);
  return {
    text: () => subject().text(),
    field(name) {
      if (!isRecord) return subject().field(name);
      switch (name) {
        case 'event':
          return kindOf(packed, context);
        case 'binary':
          return readBinary(packed.process);
        case 'pid':
          return String(packed.tgid);
        case 'tid':
          return String(packed.tid);
        case 'node':
          return context.node;
        case 'policy':
          return policyOf(packed, context);
        case 'severity':
          return options.severityOf?.(policyOf(packed, context)) ?? '';
        default:
          return subject().field(name);
      }
    },
  };
}

/** A record of our own kernel side about a process, and not an event that others told of. */
export const isProcessRecord = ({ flags, kind }: PackedEvent): boolean =>
  (flags & PACKED_FLAG.told) === 0 &&
  (kind === PACKED_KIND.exec || kind === PACKED_KIND.exit || kind === PACKED_KIND.policy);

const hookOf = ({ payload }: PackedEvent, { hookNames }: EventContext): HookNames | undefined => {
  const view = viewOf(payload);
  return hookNames(view.getUint32(POLICY.at.policy, true), view.getUint32(POLICY.at.hook, true));
};

/** The short name of its kind. Kinds of hooks are called as those of their events. */
function kindOf(packed: PackedEvent, context: EventContext): string {
  if (packed.kind === PACKED_KIND.exec) return 'exec';
  if (packed.kind === PACKED_KIND.exit) return 'exit';
  return hookOf(packed, context)?.kind ?? 'kprobe';
}

/** Events of loaders don't name theirs. */
function policyOf(packed: PackedEvent, context: EventContext): string {
  if (packed.kind !== PACKED_KIND.policy) return '';
  const hook = hookOf(packed, context);
  return hook && hook.kind !== 'loader' ? hook.policyName : '';
}
