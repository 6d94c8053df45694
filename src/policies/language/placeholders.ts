import type { YamlNode, YamlScalar } from '../yaml.ts';
import type { ErrorList } from './reader.ts';
import { report } from './reader.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Puts the values of variables where `${NAME}` stands in the texts of a policy. It works on texts that YAML has read already,
 * so that a value can't bring fields of its own.
 *
 * - Anywhere in a value, also several times; keys are left alone.
 * - `$${` is a literal `${`; a `$` without a brace stands for itself.
 * - An item of a list that is an unquoted placeholder and nothing else becomes one item for each word of the value (words are
 *   parted by commas or blanks): `- ${PODCIDR}` takes "10.0.0.0/8, fd00::/8". Quoted, `- "${FOLDER}"`, it stays one item.
 * - A variable that isn't set is an error, an empty one isn't.
 */
export function fillPlaceholders(
  root: YamlNode,
  variables: Variables,
  errors: ErrorList,
): YamlNode {
  // Aliases make several ways lead to one node; what it holds is filled, and its errors are told, once.
  const filled = new Map<YamlNode, YamlNode>();

  const fill = (node: YamlNode, field: string): YamlNode => {
    if (node.kind === 'scalar') return scalar(node, field, false)[0] ?? node;
    const known = filled.get(node);
    if (known) return known;
    const result: YamlNode =
      node.kind === 'sequence'
        ? {
            ...node,
            items: node.items.flatMap((item, index) =>
              item.kind === 'scalar'
                ? scalar(item, `${field}[${index}]`, true)
                : fill(item, `${field}[${index}]`),
            ),
          }
        : {
            ...node,
            entries: node.entries.map((entry) => ({
              ...entry,
              value: fill(entry.value, field ? `${field}.${entry.key}` : entry.key),
            })),
          };
    filled.set(node, result);
    return result;
  };

  const scalar = (node: YamlScalar, field: string, isItem: boolean): YamlScalar[] =>
    fillScalar(node, isItem, variables, (message) => report({ node, field, errors }, message));

  return fill(root, '');
}

/** What a scalar becomes: one, or as an item of a list as many as its value has words. */
export function fillScalar(
  node: YamlScalar,
  isItem: boolean,
  variables: Variables,
  tell: (problem: string) => void,
): YamlScalar[] {
  if (!node.value.includes('${')) return [node];
  const text = fillText(node.value, variables, tell);
  const isList = isItem && node.plain && WHOLE.test(node.value);
  const texts = isList ? text.split(/[\s,]+/).filter((word) => word !== '') : [text];
  // What comes from a variable is text, never null.
  return texts.map((value) => ({ ...node, value, plain: false }));
}

/** @param tell called with what is wrong with a placeholder, which then stays */
export const fillText = (
  text: string,
  variables: Variables,
  tell: (problem: string) => void,
): string =>
  text.replace(PLACEHOLDER, (found, name: string | undefined) => {
    if (found === '$${') return '${';
    if (name === undefined) {
      tell(
        `holds a "\${" that begins no placeholder; allowed: \${NAME} with letters, digits and "_", or $\${ for a literal \${`,
      );
      return found;
    }
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined)
      tell(`\${${name}} is not set; give it with --set ${name}=VALUE or in the environment`);
    return value ?? found;
  });

const PLACEHOLDER = /\$\$\{|\$\{(?:([A-Za-z_]\w*)\})?/g;
const WHOLE = /^\$\{\w+\}$/;
