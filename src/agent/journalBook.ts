import { ARMING_ACTIONS, journalAuthor, journalVerb } from '../events/journal.ts';
import { escapeText, type SafeText } from '../events/text.ts';
import type { JournalEntry } from './journal.ts';

/** The session's journal, where the screen or the headless command is: for the end. */
export type JournalBook = {
  add(entry: JournalEntry): void;
  /** Who armed what when, a line each, oldest first; empty when nothing was armed. */
  armings(): SafeText[];
};

/** Entries that are kept; of older ones their number. */
const MAX_ENTRIES = 1000;

export function createJournalBook(limit = MAX_ENTRIES): JournalBook {
  let kept: JournalEntry[] = [];
  let forgotten = 0;
  return {
    add(entry) {
      if (!ARMING_ACTIONS.has(entry.action)) return;
      kept.push(entry);
      if (kept.length < limit * 2) return;
      forgotten += kept.length - limit;
      kept = kept.slice(-limit);
    },
    armings() {
      const shown = kept.slice(-limit);
      const untold = forgotten + kept.length - shown.length;
      if (shown.length === 0) return [];
      return [
        'armed and disarmed in this session:',
        ...(untold > 0 ? [`  … ${untold} before these`] : []),
        // Each for itself: no name in an entry may look like another entry's line.
        ...shown.map((entry) => `  ${journalLine(entry)}`),
      ].map(escapeText);
    },
  };
}

/** `2026-07-27T12:00:00Z  armed  etc-writes (SIGKILL, 5 min) by alice via sudo on pts/3`. Not escaped. */
export function journalLine(entry: JournalEntry): string {
  const time = `${new Date(entry.time).toISOString().slice(0, 19)}Z`;
  const detail = entry.detail === '' ? '' : `(${entry.detail})`;
  const what = `${journalVerb(entry.action).padEnd(10)} ${entry.policy}`;
  return [time, '', what, detail, journalAuthor(entry)]
    .filter((part, index) => index === 1 || part !== '')
    .join(' ');
}
