import { splitArguments } from '../../events/arguments.ts';
import type { Process } from '../../events/types.ts';

/** An argument list, argv[0] included. */
export type Argv = {
  readonly argv: readonly string[];
  /** It was split where it seems to have been joined: Tetragon's agents tell no more. */
  readonly isGuess: boolean;
};

/** Empty where nothing is known. */
export function argvOf(process: Process | undefined): Argv {
  const argv = process?.trigon?.argv ?? [];
  if (!process || argv.length > 0 || process.binary === '') return { argv, isGuess: false };
  return { argv: [process.binary, ...splitArguments(process.arguments)], isGuess: true };
}
