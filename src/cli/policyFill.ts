import { fillPolicies } from '../policies/fill.ts';
import { formatPolicyError } from '../policies/model.ts';
import { readNamedPolicies } from './policyWords.ts';

/**
 * `trigon policy fill`: policies as plain Tetragon takes them. Needs no privileges. Exit code 1: a file is wrong or a placeholder is
 * unset; then nothing is written to standard output, so that no half of a file is loaded.
 */
export async function runFill(
  words: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const results = (await readNamedPolicies(words)).map((read) =>
    read.error ? { errors: [read.error] } : fillPolicies(read.source, read.file, { variables }),
  );
  const errors = results.flatMap((result) => result.errors ?? []);
  for (const error of errors) process.stderr.write(`${formatPolicyError(error)}\n`);
  if (errors.length > 0) return 1;
  process.stdout.write(joined(results.flatMap(({ text }) => text ?? [])));
  return 0;
}

/** What a text begins with, behind comments: the sign for a new document, or a directive. */
const BEGINNING = /^(?:[ \t]*(?:#.*)?\n)*(---|%)/;

/** One YAML stream. */
export const joined = (texts: readonly string[]): string =>
  texts
    .map((text, index) => {
      const [, beginning] = BEGINNING.exec(text) ?? [];
      if (index === 0 || beginning === '---') return text;
      // Directives come only behind a document that was ended.
      return beginning === '%' ? `...\n${text}` : `---\n${text}`;
    })
    .join('');
