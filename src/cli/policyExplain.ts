import { escapeText } from '../events/text.ts';
import { explainPolicy } from '../policies/explain.ts';
import { formatPolicyError } from '../policies/model.ts';
import { parsePolicies } from '../policies/parse.ts';
import { readNamedPolicies } from './policyWords.ts';

/** `trigon policy explain`: needs no privileges. Exit code 1: a file is wrong, which is told in the place of its explanation. */
export async function runExplain(
  words: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  let code = 0;
  const blocks = (await readNamedPolicies(words)).flatMap((read) => {
    const { policies, errors } = read.error
      ? { errors: [read.error] }
      : parsePolicies(read.source, read.file, { variables });
    if (!policies) {
      code = 1;
      return [errors.map(formatPolicyError)];
    }
    return policies.map((policy) => [
      escapeText(`${policy.name} (${read.file})`),
      ...explainPolicy(policy).map((line) => `  ${escapeText(line)}`),
    ]);
  });
  process.stdout.write(`${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`);
  return code;
}
