import { durationText } from '../store/timeText.ts';

/** Where the stream stands, for the right end of the footer. */
export type StreamPosition = {
  /** Events behind the last row shown, and of those that a pause holds how many are lost meanwhile. */
  readonly newer: number;
  readonly gone: number;
  readonly tagged: number;
  /** Columns that long lines are scrolled by. */
  readonly offset: number;
  /** Counted from 1; undefined while following. */
  readonly row: number | undefined;
  readonly held: number;
  readonly capacity: number;
  /** Ns from the oldest event to the newest. */
  readonly span: bigint;
  /** With a filter. */
  readonly found: Found | undefined;
};

type Found = {
  readonly matches: number;
  /** Share of the events that have been searched, 0 to 1. */
  readonly progress: number;
  /** Of the others, those that are passed over until there is time for them. */
  readonly skipped: number;
};

/** Columns of the terminal from which on capacity and time are told. */
const WIDE = 100;
const MEDIUM = 72;

const count = (value: number): string => value.toLocaleString('en');

/** `128 newer ↓  12 of 1,284 / 100,000 · 00:04:12 `: parts that say nothing are left out, and the least telling on narrow screens. */
export function streamPositionText(at: StreamPosition, width: number): string {
  const parts = [
    at.offset > 0 ? `→${at.offset}` : '',
    at.tagged > 0 ? `${count(at.tagged)} tagged` : '',
    at.gone > 0 ? `${count(at.gone)} older gone` : '',
    at.newer > 0 ? `${count(at.newer)} newer ↓` : '',
    at.found ? matchText(at, at.found, width) : ringText(at, width),
  ];
  return `${parts.filter((part) => part !== '').join('  ')} `;
}

function matchText({ held }: StreamPosition, found: Found, width: number): string {
  const share = Math.floor(found.progress * 100);
  const searched = share < 100 ? `, ${share}% searched` : '';
  const later =
    found.skipped > 0 && width >= MEDIUM ? `, ${count(found.skipped)} left for later` : '';
  return `${count(found.matches)} of ${count(held)} match${searched}${later}`;
}

function ringText({ row, held, capacity, span }: StreamPosition, width: number): string {
  const rows = row === undefined ? count(held) : `${count(row)} of ${count(held)}`;
  if (width < MEDIUM) return rows;
  const ofRing = `${rows} / ${count(capacity)}`;
  return width < WIDE ? ofRing : `${ofRing} · ${durationText(span)}`;
}
