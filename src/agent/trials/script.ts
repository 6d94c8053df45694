/** What goes to native/act and what it answers: see native/act/main.c and script.c. */
import type { PolicyDeed } from '../../policies/model.ts';

/** One deed a line, words parted by tabs. */
export const encodeScript = (deeds: readonly PolicyDeed[]): string =>
  deeds.map((words) => `${words.map(escapeWord).join('\t')}\n`).join('');

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\\': '\\\\' };

const escapeWord = (word: string): string =>
  word.replaceAll('\0', '').replace(/[\t\n\\]/g, (letter) => ESCAPES[letter] ?? letter);

const unescapeWord = (word: string): string =>
  word.replace(/\\(.)/g, (_, letter: string) =>
    letter === 't' ? '\t' : letter === 'n' ? '\n' : letter,
  );

/** A deed as its policy's annotation has it. */
export const deedText = (words: PolicyDeed): string =>
  words.map((word) => (/^[^\s"#]+$/.test(word) ? word : `"${word}"`)).join(' ');

/** Of the program's report: what came of deeds, which are counted from 0; a deed of undefined is none in particular. */
export type DeedProblem = { deed: number | undefined; text: string };

export function readProblems(report: string): DeedProblem[] {
  return report.split('\n').flatMap((line): DeedProblem[] => {
    const [what, number, text = ''] = line.split('\t');
    switch (what) {
      case 'failed':
      case 'invalid':
        return [{ deed: Number(number), text: unescapeWord(text) }];
      case 'timeout':
        return [{ deed: undefined, text: `was not over after ${number} s` }];
      case 'ended':
        return [{ deed: undefined, text: `ended by signal ${number} (${unescapeWord(text)})` }];
      default:
        return [];
    }
  });
}

/** In one line; undefined: there is none. */
export function problemText(
  deeds: readonly PolicyDeed[],
  problems: readonly DeedProblem[],
): string | undefined {
  if (problems.length === 0) return undefined;
  return problems
    .map(({ deed, text }) => {
      const words = deed === undefined ? undefined : deeds[deed];
      return words ? `${deedText(words)}: ${text}` : text;
    })
    .join('; ');
}
