import type { PolicyFile } from '../agent/policies/policyFiles.ts';
import { escapeText } from '../events/text.ts';
import { formatPolicyError, type PolicyError } from '../policies/model.ts';
import { parsePolicies } from '../policies/parse.ts';
import { planPolicy } from '../policies/planPolicy.ts';
import { type HostToPlanFor, hostToPlanFor } from './policyHost.ts';
import {
  enforcerLines,
  planLines,
  type ShownCall,
  type ShownHook,
  shownCalls,
  shownHooks,
} from './policyPlan.ts';
import { readNamedPolicies } from './policyWords.ts';

/** What `policy check` says, and its JSON: see docs/policy-commands.md. */
export type CheckReport = {
  /** No file has an error. */
  ok: boolean;
  /** Whether plans were made for this kernel, and if not why. */
  plan: { made: boolean; reason: string | null };
  files: CheckedFile[];
};

export type CheckedFile = {
  file: string;
  /** With one of them nothing of the file would be loaded. */
  errors: PolicyError[];
  policies: {
    name: string;
    namespace: string | null;
    line: number;
    warnings: PolicyError[];
    /** null: no plan was made. */
    hooks: ShownHook[] | null;
    /** Of spec.enforcers; null: no plan was made. */
    enforced: ShownCall[] | null;
  }[];
};

type Variables = Readonly<Record<string, string | undefined>>;

/** `trigon policy check`: loads nothing. Exit code 1: a file has an error. */
export async function runCheck(
  words: readonly string[],
  variables: Variables,
  output: 'text' | 'json',
): Promise<number> {
  const report = checkFiles(await readNamedPolicies(words), variables, hostToPlanFor());
  const text = output === 'json' ? JSON.stringify(report, null, 2) : reportText(report);
  process.stdout.write(`${text}\n`);
  return report.ok ? 0 : 1;
}

export function checkFiles(
  files: readonly PolicyFile[],
  variables: Variables,
  host: HostToPlanFor,
): CheckReport {
  const checked = files.map((file) => checkFile(file, variables, host));
  return {
    ok: checked.every(({ errors }) => errors.length === 0),
    plan: { made: host.guessed === undefined, reason: host.guessed ?? null },
    files: checked,
  };
}

function checkFile(read: PolicyFile, variables: Variables, host: HostToPlanFor): CheckedFile {
  const { file } = read;
  if (read.error) return { file, errors: [read.error], policies: [] };
  const parsed = parsePolicies(read.source, file, { variables });
  if (parsed.errors) return { file, errors: parsed.errors, policies: [] };
  const errors: PolicyError[] = [];
  const policies = parsed.policies.map((policy) => {
    const { plan, errors: refusals = [] } = planPolicy(policy, host.abilities);
    if (host.guessed === undefined) errors.push(...refusals);
    const guesses = host.guessed === undefined ? [] : refusals.map(asGuess);
    const shown = host.guessed === undefined ? plan : undefined;
    const warnings = parsed.warnings.filter((warning) =>
      belongsTo(warning, policy, parsed.policies),
    );
    return {
      name: policy.name,
      namespace: policy.namespace ?? null,
      line: policy.position.line,
      warnings: [...warnings, ...(plan?.warnings ?? []), ...guesses],
      hooks: shown ? shownHooks(shown) : null,
      enforced: shown ? shownCalls(shown) : null,
    };
  });
  return { file, errors, policies };
}

/** What a guess can't be sure of is no error. */
const asGuess = (error: PolicyError): PolicyError => ({
  ...error,
  message: `on this kernel it would probably be refused: ${error.message}`,
});

type Placed = { position: { line: number } };

/** A warning is of the last policy of the file that begins before it. */
function belongsTo(warning: PolicyError, policy: Placed, all: readonly Placed[]): boolean {
  const owner = all.filter(({ position }) => position.line <= warning.line).at(-1) ?? all[0];
  return owner === policy;
}

/** Errors and warnings as compilers print them, one a line; then how each policy runs here. */
export function reportText({ files, plan }: CheckReport): string {
  const lines = files.flatMap(({ errors, policies }) => [
    ...errors.map(formatPolicyError),
    ...policies.flatMap(({ warnings }) => warnings.map(warningLine)),
  ]);
  for (const { file, errors, policies } of files) {
    if (errors.length > 0) continue;
    for (const { name, hooks, enforced } of policies)
      lines.push(
        `${file}: ${name}: no errors`,
        ...planLines(hooks ?? []),
        ...enforcerLines(enforced ?? []),
      );
  }
  const wrong = files.filter(({ errors }) => errors.length > 0).length;
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  lines.push(wrong === 0 ? `${count}, no errors` : `${count}, ${wrong} with errors`);
  if (plan.reason !== null) lines.push(`how they would run here is not shown: ${plan.reason}`);
  return lines.map(escapeText).join('\n');
}

const warningLine = (warning: PolicyError): string =>
  formatPolicyError({
    ...warning,
    message: `warning: ${warning.message.replace(/^warning: /, '')}`,
  });
