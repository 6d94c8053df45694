import { type CelFunc, type CelValue, celMethod, isCelList } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

/** Characters that a function may make. */
const MOST_CHARACTERS = 1 << 20;

/** Of the function's result, at most. */
type LengthOf = (target: CelValue, args: readonly CelValue[]) => number;

const lengthOf = (value: CelValue | undefined): number => {
  if (typeof value === 'string') return value.length;
  if (!isCelList(value)) return 0;
  let sum = 0;
  for (const element of value) sum += lengthOf(element);
  return sum;
};

/** These multiply texts: calls of them within each other would soon fill the memory. */
const GROWING: Readonly<Record<string, LengthOf>> = {
  replace: (text, [from, to]) =>
    typeof text === 'string' && typeof from === 'string'
      ? text.length + (text.split(from).length + 1) * lengthOf(to)
      : 0,
  join: (list, [separator]) =>
    lengthOf(list) + (isCelList(list) ? list.size : 0) * lengthOf(separator),
  format: (text, [list]) => lengthOf(text) + lengthOf(list),
};

/** CEL's library of string functions, none of which makes a text too long to be looked at in time. */
export const STRING_FUNCTIONS: readonly CelFunc[] = [...strings].map((func) => {
  const length = GROWING[func.name];
  return length && func.target ? bounded(func, func.target, length) : func;
});

function bounded(func: CelFunc, target: NonNullable<CelFunc['target']>, length: LengthOf): CelFunc {
  return celMethod(func.name, target, func.arguments, func.result, function (...args: CelValue[]) {
    if (length(this, args) > MOST_CHARACTERS)
      throw new Error(`${func.name} would make a text of more than ${MOST_CHARACTERS} characters`);
    const result = func.call(0, this, args);
    if (typeof result !== 'string')
      throw result ?? new Error(`${func.name} can't be called like this`);
    return result;
  });
}
