import { FILTER_FIELDS } from '../../events/filter/fields.ts';
import type { FieldTable } from '../../events/filter/language.ts';
import { SEVERITIES } from '../../events/severity.ts';

const number = (about: string) => ({ about, match: 'whole', order: 'number' }) as const;

/** What a filter of the tree can ask of a process. */
export const TREE_FIELDS = {
  binary: { about: 'path of the program', isPath: true },
  args: { about: 'arguments' },
  parent: { about: 'path of the parent’s program', isPath: true },
  pid: number('process id'),
  ppid: number('process id of the parent'),
  uid: number('effective user id'),
  user: { about: 'user name', match: 'whole' },
  container: { about: 'container id', match: 'start' },
  state: { about: 'running or ended', match: 'whole', values: ['running', 'ended'] },
  ending: { about: 'how it ended: exit code, or signal', match: 'whole', order: 'number' },
  events: number('events of the process'),
  hits: number('policy events of the process'),
  kills: number('kills among them'),
} as const satisfies FieldTable;
export type TreeField = keyof typeof TREE_FIELDS;

/** What a filter of Binaries can ask of a program: its columns. */
export const BINARY_FIELDS = {
  binary: { about: 'path of the program', isPath: true },
  execs: number('times it was started'),
  exits: number('times it ended'),
  failures: number('exits with a code other than 0, or by a signal'),
  running: number('processes that run now'),
  files: number('policy events about files'),
  network: number('policy events about the network'),
  hits: number('policy events'),
  kills: number('kills'),
  denials: number('denials'),
  rate: number('events a second'),
  events: number('all events'),
  lost: number('events known by number only'),
} as const satisfies FieldTable;
export type BinaryField = keyof typeof BINARY_FIELDS;

/** What a filter of Alerts can ask of a row. */
export const ALERT_FIELDS = {
  policy: { about: 'name of the policy' },
  severity: {
    ...{ about: 'severity of the policy', match: 'whole' },
    ...{ order: SEVERITIES, values: SEVERITIES },
  },
  binary: { about: 'path of the program', isPath: true },
  target: { about: 'what the events are about: a path, an address, a name', isPath: true },
  path: { about: 'the same', isPath: true },
  value: { about: 'the same' },
  address: { about: 'the same' },
  call: { about: 'what the policy’s hook is called' },
  function: { about: 'the same' },
  message: { about: 'message of the policy' },
  outcome: {
    about: 'what became of events of the row: killed, denied, withheld, skipped',
    values: ['killed', 'denied', 'withheld', 'skipped'],
  },
  pid: number('process id of the latest'),
  uid: number('effective user id of the latest'),
  count: number('events of the row'),
  rate: number('events in the last minute'),
  killed: number('killed processes'),
  denied: number('denied calls'),
} as const satisfies FieldTable;
export type AlertField = keyof typeof ALERT_FIELDS;

/** The fields of each list that can be filtered: for the documentation. */
export const FILTER_LISTS: readonly { readonly title: string; readonly fields: FieldTable }[] = [
  { title: 'Events: Stream, and trigon events', fields: FILTER_FIELDS },
  { title: 'Tree', fields: TREE_FIELDS },
  { title: 'Binaries', fields: BINARY_FIELDS },
  { title: 'Alerts', fields: ALERT_FIELDS },
];
