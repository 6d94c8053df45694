import type { Labels } from '../types.ts';

/** Whether labels are selected. */
export type LabelSelector = (labels: Labels) => boolean;

/** A key as Kubernetes has it: perhaps a domain and a slash, then at most 63 letters, digits, `-`, `_`, `.`. */
const KEY =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y;

/**
 * A Kubernetes label selector: requirements with commas between them, all of which must hold. `key`, `!key`, `key=value`,
 * `key==value`, `key!=value`, `key in (a, b)`, `key notin (a, b)`, `key>1`, `key<1`. What excludes values is also true of labels
 * without the key. An empty one selects everything.
 *
 * @throws Error saying what is wrong with it
 */
export function parseLabelSelector(source: string): LabelSelector {
  const tokens = tokensOf(source);
  let at = 0;
  const next = () => tokens[at++];
  const requirement = (): LabelSelector => {
    const first = next();
    if (first === '!') {
      const key = checkKey(next());
      return (labels) => !Object.hasOwn(labels, key);
    }
    const key = checkKey(first);
    const operator = tokens[at];
    if (operator === undefined || operator === ',') return (labels) => Object.hasOwn(labels, key);
    at += 1;
    switch (operator) {
      case '=':
      case '==': {
        const value = readValue();
        return (labels) => labelOf(labels, key) === value;
      }
      case '!=': {
        const value = readValue();
        return (labels) => labelOf(labels, key) !== value;
      }
      case 'in': {
        const values = readValues();
        return (labels) => values.has(labelOf(labels, key));
      }
      case 'notin': {
        const values = readValues();
        return (labels) => !values.has(labelOf(labels, key));
      }
      case '<':
      case '>': {
        const limit = Number(readValue());
        if (!Number.isSafeInteger(limit))
          throw new Error(`${operator} needs a whole number behind it`);
        return (labels) => {
          const value = Number(labelOf(labels, key) || Number.NaN);
          return operator === '<' ? value < limit : value > limit;
        };
      }
      default:
        throw new Error(`expected =, !=, in, notin, < or > behind "${key}", found "${operator}"`);
    }
  };
  /** It may be empty: `key=`. */
  const readValue = (): string =>
    tokens[at] === undefined || tokens[at] === ',' ? '' : checkValue(next());
  const readValues = (): ReadonlySet<string | undefined> => {
    if (next() !== '(') throw new Error('expected ( behind in or notin');
    const values = new Set<string | undefined>();
    for (;;) {
      const token = tokens[at];
      values.add(token === ',' || token === ')' ? '' : checkValue(next()));
      const end = next();
      if (end === ')') return values;
      if (end !== ',') throw new Error('expected , or ) between values');
    }
  };

  if (tokens.length === 0) return () => true;
  const requirements = [requirement()];
  while (at < tokens.length) {
    if (next() !== ',') throw new Error('expected , between two requirements');
    requirements.push(requirement());
  }
  return (labels) => requirements.every((holds) => holds(labels));
}

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

function tokensOf(source: string): string[] {
  const tokens: string[] = [];
  const text = source.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) break;
    tokens.push(token);
  }
  return tokens;
}

function checkKey(token: string | undefined): string {
  if (token === undefined) throw new Error('a key is missing at the end');
  if (!KEY.test(token)) throw new Error(`"${token}" is no key of a label`);
  return token;
}

function checkValue(token: string | undefined): string {
  if (token === undefined) throw new Error('a value is missing at the end');
  if (!VALUE.test(token)) throw new Error(`"${token}" is no value of a label`);
  return token;
}
