import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyError, TracingPolicy } from '../../policies/model.ts';
import { parsePolicies } from '../../policies/parse.ts';
import { hasEnforcement, planPolicy } from '../../policies/plan.ts';
import { type AgentOptions, DEFAULT_FUSE } from '../messages.ts';
import { type PolicyEngine, PolicyRefusal } from './engine.ts';

/**
 * Loads all policy files of the options. A file with an error loads nothing and the others go on; what is wrong comes back.
 */
export function loadPolicies(options: AgentOptions, engine: PolicyEngine): PolicyError[] {
  const problems: PolicyError[] = [];
  for (const { path, mode } of options.policies)
    for (const file of policyFiles(path, problems)) problems.push(...loadFile(file, mode, engine));
  return problems;
}

function loadFile(
  file: string,
  mode: AgentOptions['policies'][number]['mode'],
  engine: PolicyEngine,
): PolicyError[] {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    return [unreadable(file, error)];
  }
  const parsed = parsePolicies(source, file);
  if (parsed.errors) return parsed.errors;
  const plans = parsed.policies.map((policy) => planPolicy(policy, { rawSyscalls: true }));
  const errors = plans.flatMap((result) => result.errors ?? []);
  if (errors.length > 0) return errors;
  for (const { plan } of plans) {
    if (!plan) continue;
    errors.push(...linkedBinaries(plan.policy));
    try {
      const id = engine.install(plan);
      if (mode === 'enforce' && hasEnforcement(plan.policy))
        engine.arm(id, undefined, false, DEFAULT_FUSE);
      else if (mode !== 'off') engine.setMode(id, 'monitor');
    } catch (error) {
      if (!(error instanceof PolicyRefusal)) throw error;
      errors.push({ file, line: 1, column: 1, field: '', message: error.message });
    }
  }
  return errors;
}

/**
 * Hints at binaries of `matchBinaries` that can never match: links, where the kernel compares the resolved path. The usual case
 * is /bin/cat on systems whose /bin is a link to /usr/bin.
 */
function linkedBinaries(policy: TracingPolicy): PolicyError[] {
  return policy.hooks.flatMap(({ selectors, position }, hook) =>
    selectors.flatMap(({ matchBinaries }, selector) =>
      (matchBinaries?.values ?? []).flatMap((path) => {
        const resolved = resolve(path);
        if (resolved === undefined || resolved === path) return [];
        const field = `spec.kprobes[${hook}].selectors[${selector}].matchBinaries`;
        const message = `warning: "${path}" never matches: the kernel compares the resolved path, ${resolved}`;
        return [{ file: policy.file, ...position, field, message }];
      }),
    ),
  );
}

/** undefined when the path doesn't exist (yet). */
function resolve(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A file as it is, a folder's *.yaml and *.yml in the order of their names. */
function policyFiles(path: string, problems: PolicyError[]): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    problems.push(unreadable(path, error));
    return [];
  }
}

function unreadable(file: string, error: unknown): PolicyError {
  const reason = error instanceof Error ? error.message : String(error);
  return { file, line: 1, column: 1, field: '', message: `can't be read: ${reason}` };
}
