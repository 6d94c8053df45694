import type { Event } from '../../../events/types.ts';
import { MOST_RELATED } from '../../detail/related.ts';
import type { DetailState } from '../../detail.ts';
import { renderLine } from '../../text/line.ts';
import { plainLine, streamRow } from '../streamRow.ts';
import {
  blank,
  type DetailBody,
  type DetailItem,
  type DetailLook,
  layBody,
  sentence,
} from './item.ts';

/** Columns before the event's line: the cursor's sign, and whose event it is. */
const MARGIN = 3;

/** The events of the process and of those that it started, in order; the cursor begins on the detail's own. */
export function relatedBody({ related, subject }: DetailState, look: DetailLook): DetailBody {
  if (subject.ktime === 0n)
    return layBody([sentence('nothing but the number of this process is known', look)]);
  if (!related) return layBody([sentence('searching the events …', look)]);
  const { events, isFull, eventOf } = related;
  if (events.length === 0) return layBody([sentence('no event of it is held', look)]);
  const items = events.map(({ number, isChild }) =>
    eventItem(number, number === subject.number ? '●' : isChild ? '└' : ' ', eventOf, look),
  );
  const own = events.findLastIndex(({ number }) => number <= (subject.number ?? number));
  const words = `its events, and those of processes that it started └${isFull ? `; the ${MOST_RELATED} nearest` : ''}`;
  return layBody([sentence(words, look), blank(look), ...items], items.at(own));
}

function eventItem(
  number: number,
  sign: string,
  eventOf: (number: number) => Event | undefined,
  { theme, width, ascii, userNames }: DetailLook,
): DetailItem {
  const options = { theme, ascii, userNames, severities: new Map(), width: width - MARGIN };
  return {
    key: number,
    height: 1,
    render(isFocused) {
      const event = eventOf(number);
      const style = theme[isFocused ? 'cursor' : 'text.dim'];
      const margin = renderLine([{ text: `${isFocused ? '›' : ' '}${sign} `, style }], width);
      return [margin + (event ? streamRow(event, isFocused, options) : '')];
    },
    focus: {
      get copies() {
        const event = eventOf(number);
        return event ? [{ what: 'its line', text: plainLine(event) }] : [];
      },
      get filter() {
        const event = eventOf(number);
        const process = event && 'process' in event ? event.process : undefined;
        return process ? { field: 'pid' as const, value: String(process.pid ?? '') } : undefined;
      },
      opens: { kind: 'event', number },
    },
  };
}
