import { decompress } from './decompress.ts';
import { systemWords } from './error.ts';
import type { Input } from './input.ts';
import { type Line, splitLines } from './lines.ts';
import type { Pull } from './pull.ts';

/** Lines of one input. */
export type Lines = { readonly input: string; readonly lines: readonly Line[] };

/**
 * All lines of all inputs, one input after the other. What is wrong with one of them doesn't keep the others from being read.
 *
 * @param onProblem in words, without the input's name
 */
export function readLines(
  inputs: readonly Input[],
  onProblem: (input: string, text: string) => void,
): Pull<Lines> {
  const waiting = [...inputs];
  let current: { name: string; lines: Pull<Line[]> } | undefined;
  let isClosed = false;

  const openNext = (): typeof current => {
    for (let input = waiting.shift(); input; input = waiting.shift()) {
      const { name } = input;
      try {
        const bytes = decompress(input.open(), (text) => onProblem(name, text));
        return { name, lines: splitLines(bytes) };
      } catch (error) {
        onProblem(name, systemWords(error));
      }
    }
    return undefined;
  };

  const readOn = async (lines: Pull<Line[]>, name: string): Promise<Line[] | undefined> => {
    try {
      return await lines.next();
    } catch (error) {
      onProblem(name, systemWords(error));
      return undefined;
    }
  };

  return {
    async next() {
      while (!isClosed) {
        current ??= openNext();
        if (!current) return undefined;
        const { name, lines } = current;
        const some = await readOn(lines, name);
        if (isClosed) return undefined;
        if (some) return { input: name, lines: some };
        lines.close();
        current = undefined;
      }
      return undefined;
    },
    close() {
      isClosed = true;
      current?.lines.close();
    },
  };
}
