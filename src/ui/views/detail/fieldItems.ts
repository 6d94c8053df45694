import type { Focus } from '../../detail/focus.ts';
import type { DetailState } from '../../detail.ts';
import type { Subject } from '../../subject.ts';
import { padColumns } from '../../text/width.ts';
import { wrapColumns, wrapWords } from '../../text/wrap.ts';
import { eventFields } from './eventFields.ts';
import { type Field, fact } from './field.ts';
import {
  blank,
  type DetailItem,
  type DetailLook,
  marginSpans,
  sentence,
  shown,
  spanItem,
} from './item.ts';
import { credentialFields, namespaceFields, processFields } from './processFields.ts';

/** Columns of a field's name, so that the tabs look alike. */
const LEAST_NAME = 12;

export const fieldItems = ({ subject }: DetailState, look: DetailLook): DetailItem[] =>
  listFields(subjectFields(subject, look), look);

/** What is known of the event and its process, the event's own first. */
function subjectFields(subject: Subject, { userNames: names, hasNodes }: DetailLook): Field[] {
  const { event } = subject;
  return [
    ...(event ? eventFields(event) : []),
    ...(event && hasNodes ? fact('node', event.nodeName, { by: 'node' }) : []),
    ...(subject.process ? processFields(subject.process, subject, names) : []),
    ...(subject.process || subject.pid === 0 ? [] : fact('pid', subject.pid, { by: 'pid' })),
  ];
}

function listFields(fields: readonly Field[], look: DetailLook): DetailItem[] {
  const names = Math.max(...fields.map(({ name }) => name.length), LEAST_NAME);
  let group = '';
  return fields.map((field) => {
    const { name, value, slot = 'text', isWords } = field;
    // The lines of a stack trace have the name of the first.
    group = name || group;
    const margin = ` ${padColumns(name, names)}  `;
    const wrap = isWords ? wrapWords : wrapColumns;
    const spans = marginSpans(margin, shown(value, look), look.theme[slot], look, wrap);
    return spanItem(spans, look, focusOf(field, group));
  });
}

const focusOf = ({ value, copy = value, filter }: Field, what: string): Focus => ({
  copies: [{ what, text: copy }],
  filter,
});

export function credentialItems({ subject }: DetailState, look: DetailLook): DetailItem[] {
  const own = credentialFields(subject.process, look);
  const fields = own.length > 0 ? own : credentialFields(subject.lineage?.[0], look);
  if (fields.length === 0)
    return [sentence('not known: no exec of this process was seen, nor what ran before', look)];
  return [
    ...listFields(fields, look),
    blank(look),
    sentence('as of its last exec before the event', look),
  ];
}

/** Container, unit, cgroup and namespaces. */
export function namespaceItems(detail: DetailState, look: DetailLook): DetailItem[] {
  const { subject, description } = detail;
  const [self, parent] = subject.lineage ?? [];
  const { process = self } = subject;
  const fields = namespaceFields(process?.ns ? process : (self ?? process), {
    parent,
    cgroup: description?.cgroup ?? '',
    container: description?.container,
  });
  const words = () => {
    if (!description && subject.ktime !== 0n) return 'asking …';
    if (description?.cgroup === '')
      return 'as of its last exec; the path of its cgroup can’t be known any more: it has ended';
    return 'as of its last exec; the cgroup as of now';
  };
  return [
    ...listFields(fields, look),
    ...(fields.length > 0 ? [blank(look)] : []),
    sentence(words(), look),
  ];
}
