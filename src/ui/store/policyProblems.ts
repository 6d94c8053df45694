import type { PolicyStatus } from '../../agent/messages.ts';

/** A policy file of which nothing is loaded. */
export type FailedFile = {
  file: string;
  /** `line:column: field: what is wrong`, in the order of the file. */
  problems: string[];
};

/**
 * The files that could not be loaded, in the order of what was told of them. What is told of a file whose policies are loaded all
 * the same (a place that can't be had) stands in their details.
 */
export function failedFiles(
  problems: readonly string[],
  policies: readonly Pick<PolicyStatus, 'file'>[],
): FailedFile[] {
  const loaded = new Set(policies.map(({ file }) => file));
  const failed = new Map<string, FailedFile>();
  for (const problem of problems) {
    const [, file = problem, rest = ''] = /^(.*?):(\d+:\d+: .*)$/s.exec(problem) ?? [];
    if (loaded.has(file)) continue;
    const known = failed.get(file);
    if (known) known.problems.push(rest);
    else failed.set(file, { file, problems: rest === '' ? [] : [rest] });
  }
  return [...failed.values()];
}
