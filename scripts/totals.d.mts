/**
 * Adds a suite's counts to CI's last line.
 *
 * @param counts with a text for each failure, its name in the first line
 */
export function addTotals(counts: {
  passed: number;
  failed: number;
  failures: readonly string[];
}): void;
