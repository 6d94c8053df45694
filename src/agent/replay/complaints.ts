import { escapeText } from '../../events/text.ts';
import type { FromAgent } from '../messages.ts';
import { ReplayError } from './error.ts';

/** What was wrong with what was read: the first reasons are told, the rest is counted. */
export type Complaints = {
  readonly count: number;
  /** So many lines, and none of them an event: it is no log. */
  readonly isHopeless: boolean;
  bad(input: string, line: number, reason: string): void;
  /** There is an event: what was wrong before it can be told as what was left out. */
  isLog(): void;
  /** Of a whole input: it is cut off, say. Told once each. */
  problem(input: string, text: string): void;
  note(text: string): void;
  /** Tells how many there were, if not all were told. */
  sum(): void;
  /** What to say of something that has bad lines only. */
  verdict(title: string): ReplayError;
};

const MAX_TOLD = 3;
const MAX_PROBLEMS = 100;
const MAX_HOPE = 1000;
/** Reasons quote lines. */
const MAX_REASON = 200;

export function createComplaints(tell: (message: FromAgent) => void): Complaints {
  let count = 0;
  let first = '';
  let held: string[] | undefined = [];
  const problems = new Set<string>();
  const say = (text: string) => tell({ type: 'notice', level: 'warning', text });
  return {
    get count() {
      return count;
    },
    get isHopeless() {
      return count >= MAX_HOPE;
    },
    bad(input, line, reason) {
      count += 1;
      const text = `${escapeText(input)}:${line}: ${reason.slice(0, MAX_REASON)}`;
      if (count === 1) first = text;
      if (count > MAX_TOLD) return;
      if (held) held.push(`${text}; left out`);
      else say(`${text}; left out`);
    },
    isLog() {
      if (!held) return;
      const lines = held;
      held = undefined;
      for (const line of lines) say(line);
    },
    problem(input, text) {
      const whole = `${escapeText(input)}: ${text}`;
      if (problems.has(whole) || problems.size >= MAX_PROBLEMS) return;
      problems.add(whole);
      say(whole);
    },
    note: say,
    sum() {
      if (count > MAX_TOLD) say(`${count} lines are no events and were left out`);
    },
    verdict: (title) =>
      new ReplayError(
        first === '' ? `${escapeText(title)}: there are no events in it` : first,
        'a recording of Trigon, or JSON lines as Tetragon exports them, can be replayed',
      ),
  };
}
