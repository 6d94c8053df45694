import type { PolicyStatus } from '../../../src/agent/messages.ts';
import type { FailedFile } from '../../../src/ui/store/policyProblems.ts';
import { policyEntries, withHeadings } from '../../../src/ui/store/policyRows.ts';
import { policyRowLine, policyTitleLine } from '../../../src/ui/views/policyLines.ts';
import { DARK } from './samples.ts';

export const NOW = 1_700_000_000_000;

type Options = {
  width: number;
  cursor?: number;
  rateOf?: (policy: number) => number;
  hidden?: readonly string[];
};

/** All lines of the list. @param cursor the row, headings among them */
export function policyList(
  policies: readonly PolicyStatus[],
  failed: readonly FailedFile[],
  { width, cursor = -1, rateOf = () => 0, hidden = [] }: Options,
): string[] {
  const look = { theme: DARK, width, now: NOW, rateOf, hidden: new Set(hidden) };
  const rows = withHeadings(policyEntries(policies, failed));
  return [
    policyTitleLine(look),
    ...rows.map((row, index) => policyRowLine(row, index === cursor, look)),
  ];
}
