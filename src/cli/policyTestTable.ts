import type { TrialResult, TrialVerdict } from '../agent/trial.ts';
import { escapeText } from '../events/text.ts';

/** What came of a policy, and its JSON: see docs/policy-commands.md. */
export type TestedPolicy = TrialResult & {
  /** Not as it should be: a policy that this kernel has no hooks for is no failure. */
  failed: boolean;
};

/** What ran it, for reports that were made on several machines: its version (`6.18`), and what policies can be hooked on. */
export type TestedKernel = { version: string; kprobes: boolean; fentry: boolean; lsm: boolean };

/** What `policy test -o json` prints. */
export type TestReport = {
  ok: boolean;
  kernel: TestedKernel;
  results: TestedPolicy[];
  summary: TestSummary;
};

/** @param isFileWrong nothing of its file could be loaded, on any kernel */
export const testedPolicy = (result: TrialResult, isFileWrong = false): TestedPolicy => ({
  ...result,
  failed:
    isFileWrong ||
    result.verdict === 'not seen' ||
    result.verdict === 'false alarm' ||
    (result.verdict === 'not run' && result.trigger?.problem !== undefined),
});

/** Lines of the table. Names are known before the first result, so that lines can be printed as results come. */
export type TestTable = {
  head(): string;
  row(tested: TestedPolicy): string;
};

const HERE_WIDTH = 'equivalent'.length;
const VERDICT_WIDTH = 'false alarm'.length;
const GAP = '   ';

export function testTable(names: readonly string[]): TestTable {
  const width = Math.max('POLICY'.length, ...names.map((name) => escapeText(name).length));
  const line = (policy: string, here: string, verdict: string, why: string) =>
    [policy.padEnd(width), here.padEnd(HERE_WIDTH), verdict.padEnd(VERDICT_WIDTH), why]
      .join(GAP)
      .trimEnd();
  return {
    head: () => line('POLICY', 'HERE', 'VERDICT', 'WHY'),
    row: ({ policy, obtained, verdict, why }) =>
      line(escapeText(policy), hereText(obtained), verdict, escapeText(why)),
  };
}

/** The word that `obtained` begins with. */
const hereText = (obtained: string): string => obtained.split(':')[0] || '-';

const VERDICTS: readonly TrialVerdict[] = ['seen', 'not seen', 'false alarm', 'not run'];

export type TestSummary = Record<TrialVerdict | 'failed', number>;

export function summarize(results: readonly TestedPolicy[]): TestSummary {
  const count = (verdict: TrialVerdict) =>
    results.filter((result) => result.verdict === verdict).length;
  return {
    seen: count('seen'),
    'not seen': count('not seen'),
    'false alarm': count('false alarm'),
    'not run': count('not run'),
    failed: results.filter(({ failed }) => failed).length,
  };
}

/** `40 policies: 38 seen, 2 not run` */
export function summaryText(summary: TestSummary): string {
  const total = VERDICTS.reduce((sum, verdict) => sum + summary[verdict], 0);
  const parts = VERDICTS.filter((verdict) => summary[verdict] > 0).map(
    (verdict) => `${summary[verdict]} ${verdict}`,
  );
  return `${total === 1 ? '1 policy' : `${total} policies`}: ${parts.join(', ')}`;
}
