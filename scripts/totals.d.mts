/** Adds a suite's counts to CI's last line. */
export function addTotals(counts: { passed: number; failed: number }): void;
