import { escapeText } from '../../events/text.ts';
import { clockTime } from '../../events/time.ts';
import { type Event, hasProcess, type Process } from '../../events/types.ts';
import { type ColumnChoice, columnsOffAtFirst } from '../columnChoice.ts';
import { twoDigits } from '../text/digits.ts';
import type { Span } from '../text/line.ts';
import { padColumns, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { userText } from '../userNames.ts';

/** Columns that can be hidden; time and what happened always stay. */
export const STREAM_CHOICES: readonly ColumnChoice[] = [
  { id: 'date', title: 'Date', about: 'in front of the time; from 90 columns on' },
  { id: 'pid', title: 'PID', about: 'process id; from 70 columns on' },
  {
    id: 'node',
    title: 'Node',
    about: 'where events of several nodes come together; from 80 columns on',
  },
  { id: 'user', title: 'User', about: 'effective user; from 110 columns on' },
  {
    id: 'container',
    title: 'Container',
    about: 'its name or the beginning of its id; from 110 columns on',
  },
];

export type StreamColumns = {
  readonly theme: Theme;
  readonly width: number;
  readonly userNames: ReadonlyMap<number, string>;
  /** Ids of columns that are not wanted. */
  readonly hidden?: ReadonlySet<string>;
  /** Events name more than one node. */
  readonly hasNodes?: boolean;
};

const DATE_FROM = 90;
const PID_FROM = 70;
const NODE_FROM = 80;
const RIGHT_FROM = 110;

const OFF_AT_FIRST: ReadonlySet<string> = new Set(columnsOffAtFirst('stream'));

const isShown = (id: string, from: number, { width, hidden = OFF_AT_FIRST }: StreamColumns) =>
  width >= from && !hidden.has(id);

/** ` 12:03:11.204  `: with the place of the sign for tags. */
const TIME_WIDTH = 15;
const DATE_WIDTH = 6;
const PID_WIDTH = 7;
const NODE_WIDTH = 12;

const isNodeShown = (options: StreamColumns): boolean =>
  options.hasNodes === true && isShown('node', NODE_FROM, options);

/** Columns that what stands in front of the event takes. */
export const leadWidth = (options: StreamColumns): number =>
  TIME_WIDTH +
  (isShown('date', DATE_FROM, options) ? DATE_WIDTH : 0) +
  (isShown('pid', PID_FROM, options) ? PID_WIDTH + 2 : 0) +
  (isNodeShown(options) ? NODE_WIDTH + 2 : 0);

/** What stands in front of the event, behind the sign for tags: date, time, process id and node. */
export function leadSpans(event: Event, options: StreamColumns): readonly [string, Span[]] {
  const time = event.time ?? 0n;
  const date = isShown('date', DATE_FROM, options) ? `${dateText(time)} ` : '';
  const pid = hasProcess(event) ? String(event.process.pid ?? '') : '';
  const style = options.theme['event.source'];
  return [
    `${date}${clockTime(time)}  `,
    [
      ...(isShown('pid', PID_FROM, options)
        ? [{ text: `${padColumns(pid, PID_WIDTH, 'right')}  `, style }]
        : []),
      ...(isNodeShown(options) ? [{ text: `${cell(event.nodeName, NODE_WIDTH)}  `, style }] : []),
    ],
  ];
}

/** `11-21`, local. @param ns since the epoch */
function dateText(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n));
  return [date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
}

const USER_WIDTH = 9;
const CONTAINER_WIDTH = 14;

/** User and container, at the right edge of a wide screen. */
export function rightColumns(process: Process, options: StreamColumns): Span[] {
  const { theme, userNames } = options;
  const uid = process.uid;
  const user = process.user?.name || (uid === undefined ? '' : userText(uid, userNames));
  const { docker, pod, trigon } = process;
  const name = trigon?.container?.name || pod?.container?.name || docker;
  const container = name ? `⬢ ${name.slice(0, CONTAINER_WIDTH - 3)}` : '';
  const style = theme['event.source'];
  return [
    ...(isShown('user', RIGHT_FROM, options)
      ? [{ text: ` ${cell(user, USER_WIDTH - 1)}`, style }]
      : []),
    ...(isShown('container', RIGHT_FROM, options)
      ? [{ text: cell(container, CONTAINER_WIDTH), style }]
      : []),
  ];
}

/** Columns that these take, where there is a process. */
export const rightWidth = (options: StreamColumns): number =>
  (isShown('user', RIGHT_FROM, options) ? USER_WIDTH : 0) +
  (isShown('container', RIGHT_FROM, options) ? CONTAINER_WIDTH : 0);

function cell(text: string, width: number): string {
  return padColumns(truncateColumns(escapeText(text), width), width);
}
