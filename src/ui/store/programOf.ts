import { hasProcess } from '../../events/types.ts';
import { type EventContext, readEvent } from '../../events/wire/event.ts';
import { PACKED_FLAG, type PackedEvent } from '../../events/wire/packed.ts';
import { readExecTexts } from '../../events/wire/process.ts';
import { tg_exec_record } from '../../generated/layouts.ts';

/** What the event's process runs, as events show it; '' when it isn't known. Of an event that was told all of it is read. */
export function programOf(packed: PackedEvent, context: EventContext): string {
  if ((packed.flags & PACKED_FLAG.told) !== 0) {
    const event = readEvent(packed, context);
    return hasProcess(event) ? event.process.binary : '';
  }
  if (packed.process.length < tg_exec_record.size) return '';
  const { filename, exe } = readExecTexts(packed.process);
  return filename || exe;
}
