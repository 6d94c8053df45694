import { RE2JS } from 're2js';

/** Whether a text has a match. */
export type Regex = (text: string) => boolean;

/** Of a text; more is not looked at: a command line can have a hundred thousand characters. */
const MOST_CHARACTERS = 16_384;

/**
 * A regular expression in RE2's syntax, which matches in a time that only grows with the text: one that backtracks could hang the
 * screen. Case doesn't matter.
 *
 * @throws Error saying what is wrong with the source
 */
export function compileRegex(source: string): Regex {
  try {
    const pattern = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
    return (text) => pattern.test(text.slice(0, MOST_CHARACTERS));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(reason.replace('error parsing regexp: ', '').replace('(?i)', ''));
  }
}
