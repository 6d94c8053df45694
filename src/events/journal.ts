/** What was done to the policies, and to processes by hand, by whom: our own kind of event, and its words. */

export const JOURNAL_ACTIONS = [
  'armed',
  'disarmed',
  'time-over',
  'fuse-blown',
  'lapsed',
  'monitor',
  'off',
  'added',
  'changed',
  'removed',
  'signalled',
] as const;
export type JournalAction = (typeof JOURNAL_ACTIONS)[number];

/** Actions that begin or end enforcement. */
export const ARMING_ACTIONS: ReadonlySet<JournalAction> = new Set([
  'armed',
  'disarmed',
  'time-over',
  'fuse-blown',
  'lapsed',
]);

export const JOURNAL_WAYS = ['screen', 'socket', 'grpc', 'start', 'trigon'] as const;
export type JournalWay = (typeof JOURNAL_WAYS)[number];

/** Whoever gave the command. Over the socket it is what they say of themselves. */
export type JournalOperator = {
  /** Name of the real user, or their number. */
  readonly user: string;
  /** Who called sudo(8), when that was used. */
  readonly sudoUser?: string | undefined;
  /** Controlling terminal, such as `/dev/pts/3`. */
  readonly tty?: string | undefined;
};

export type JournalBody = {
  readonly action: JournalAction;
  /** Its name; '' where it is about none. */
  readonly policy: string;
  /** In words, e.g. `SIGKILL, 5 min`; '' when there is nothing to add. */
  readonly detail: string;
  readonly via: JournalWay;
  /** Absent: nobody, it happened by itself. */
  readonly by?: JournalOperator | undefined;
};

/** `by alice via sudo on pts/3, with trigon policy`; '' for what happened by itself. Not escaped. */
export function journalAuthor({ via, by }: Pick<JournalBody, 'via' | 'by'>): string {
  const way = WAYS[via];
  if (!by) return way;
  const who = by.sudoUser === undefined ? `by ${by.user}` : `by ${by.sudoUser} via sudo`;
  const where = by.tty === undefined ? '' : ` on ${by.tty.replace(/^\/dev\//, '')}`;
  return `${who}${where}${way === '' ? '' : `, ${way}`}`;
}

const WAYS: Readonly<Record<JournalWay, string>> = {
  screen: '',
  socket: 'with trigon policy',
  grpc: 'over gRPC',
  start: 'at the start',
  trigon: '',
};

/** `time over` for `time-over`. */
export const journalVerb = (action: JournalAction): string => action.replace('-', ' ');
