/** Whom arming would hit, as monitor mode has counted it: for the arming dialog. */
import type { BlastRadius, BlastRow } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { type ArmDialogState, deedsOf } from '../arming.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import { shortAge, shortCount } from './format.ts';

/** Hits of one binary and user, of all selectors that will act. */
export type RadiusRow = Pick<BlastRow, 'binary' | 'uid' | 'hits' | 'lastSeen' | 'own'>;

/** Hits of selectors that will only watch don't count: nothing happens to those. Own ones first, then most hits. */
export function radiusRows(dialog: ArmDialogState): RadiusRow[] {
  const acting = new Set(deedsOf(dialog).map(({ placed }) => `${placed.hook} ${placed.selector}`));
  const merged = new Map<string, RadiusRow>();
  for (const row of dialog.facts?.blast.rows ?? []) {
    if (!acting.has(`${row.hook} ${row.selector}`)) continue;
    const key = JSON.stringify([row.binary, row.uid, row.own]);
    const { hits = 0, lastSeen = 0 } = merged.get(key) ?? {};
    merged.set(key, {
      ...row,
      hits: hits + row.hits,
      lastSeen: Math.max(lastSeen, row.lastSeen),
    });
  }
  const isOwn = ({ own }: RadiusRow) => (own === undefined ? 0 : 1);
  return [...merged.values()].sort((a, b) => isOwn(b) - isOwn(a) || b.hits - a.hits);
}

/** What makes a row dangerous to the operator. Short: they stand in a table. */
export const OWN_NOTES: Readonly<Record<NonNullable<BlastRow['own']>, string>> = {
  session: 'your session',
  sshd: 'sshd: your way in',
  trigon: 'this program',
};

/** The same in sentences, for those that are among the rows. */
const OWN_SENTENCES: typeof OWN_NOTES = {
  session:
    'Your own session is among them; spared: protected, but what you start elsewhere is not.',
  sshd: 'sshd is among them, the way to this host: only the one of this session is spared: protected.',
  trigon: 'This program is among them; spared: protected.',
};

export const ownSentences = (rows: readonly RadiusRow[]): string[] =>
  [...new Set(rows.flatMap(({ own }) => own ?? []))].map((own) => OWN_SENTENCES[own]);

/** Who has watched for less knows little: a minute, in seconds. */
const LITTLE = 60;

/** What to do about a policy that has hardly watched yet; undefined: it has. */
export function watchedTooLittle({ facts }: Pick<ArmDialogState, 'facts'>): string | undefined {
  if (facts?.foreign) return undefined;
  const watched = facts?.blast.watched ?? 0;
  if (watched >= LITTLE) return undefined;
  return `It has watched for ${watched} s only: let it watch for longer, to know whom it would hit.`;
}

/** `in the last 30 min`, or how much less it has watched of them. */
function watchedWords({ minutes, watched }: BlastRadius): string {
  if (watched >= minutes * 60) return ` in the last ${minutes} min`;
  return watched < 60
    ? ` in ${watched} s of watching`
    : ` in ${Math.floor(watched / 60)} min of watching`;
}

/** In one line: `31 hits by 3 programs in the last 30 min`. */
export function radiusSummary(dialog: ArmDialogState): string {
  const blast = dialog.facts?.blast;
  const untold = blast?.untold ?? 0;
  if (dialog.facts?.foreign)
    return 'its agent does not tell whom it would hit: see its counters and the events';
  const rows = radiusRows(dialog);
  const hits = rows.reduce((sum, row) => sum + row.hits, 0);
  const programs = new Set(rows.map(({ binary }) => binary)).size;
  const time = blast ? watchedWords(blast) : '';
  const more = untold > 0 ? `, and ${shortCount(untold)} more that nothing is known of` : '';
  if (rows.length === 0) return `monitor mode has counted no hits${time}${more}`;
  return `${shortCount(hits)} ${hits === 1 ? 'hit' : 'hits'} by ${programs} ${programs === 1 ? 'program' : 'programs'}${time}${more}`;
}

/** A row's cells, each as wide as it may be. */
export type RadiusCells = {
  hits: string;
  program: string;
  user: string;
  last: string;
  whose: string;
};

const LONGEST_USER = 12;
/** Frame and padding of five cells. */
const BORDERS = 16;

export function radiusCells(
  rows: readonly RadiusRow[],
  userNames: ReadonlyMap<number, string>,
  now: number,
): RadiusCells[] {
  return rows.map(({ hits, binary, uid, lastSeen, own }) => ({
    hits: shortCount(hits),
    program: escapeText(binary),
    user: truncateColumns(escapeText(userNames.get(uid) ?? String(uid)), LONGEST_USER, {
      ellipsis: '…',
    }),
    last: `${shortAge(now - lastSeen)} ago`,
    whose: own ? OWN_NOTES[own] : '',
  }));
}

/** For a table of at most `width` columns: programs lose the beginning of their paths. */
export function fitRadiusCells(cells: readonly RadiusCells[], width: number): RadiusCells[] {
  const widest = (key: keyof RadiusCells) =>
    Math.max(key.length, ...cells.map((cell) => displayWidth(cell[key])));
  const others = (['hits', 'user', 'last', 'whose'] as const).map(widest);
  const room = width - BORDERS - others.reduce((sum, one) => sum + one, 0);
  return cells.map((cell) => ({ ...cell, program: cutPath(cell.program, room) }));
}

export const cutPath = (path: string, room: number): string =>
  truncateColumns(path, Math.max(8, room), { ellipsis: '…', at: 'start' });
