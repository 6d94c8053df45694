import { choice, type OptionValues } from './optionValues.ts';

/** Whether lines on standard output have colours: --color. @throws UsageError */
export function isColored(values: OptionValues): boolean {
  const when = choice('--color', values.text('color') ?? 'auto', ['auto', 'always', 'never']);
  return when === 'always' || (when === 'auto' && wantsColor());
}

/** As tetra decides it: a terminal that isn't dumb, and no NO_COLOR (no-color.org). */
function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
