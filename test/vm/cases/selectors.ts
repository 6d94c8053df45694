/** Parts of the policies of the cases, in Tetragon's language. */

export const SIGKILL = { action: 'Sigkill' } as const;
/** With EPERM. */
export const REFUSE = { action: 'Override', argError: -1 } as const;

/** Types of the arguments, from the first one on. */
export const args = (...types: readonly string[]): object[] =>
  types.map((type, index) => ({ index, type }));

export const filter = (index: number, operator: string, ...values: readonly string[]): object => ({
  index,
  operator,
  values,
});

export const equal = (index: number, ...values: readonly string[]): object =>
  filter(index, 'Equal', ...values);

export const byBinaries = (...values: readonly string[]): object[] => [{ operator: 'In', values }];
