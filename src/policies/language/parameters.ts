/** The parameters that a policy declares for its placeholders: `trigon/parameters`, one `NAME=DEFAULT  # help` a line. */
import type { PolicyParameter } from '../model.ts';
import type { YamlNode } from '../yaml.ts';
import type { Variables } from './placeholders.ts';
import { type ErrorList, report } from './reader.ts';

export const PARAMETERS_ANNOTATION = 'trigon/parameters';
const LINE = /^([A-Za-z_]\w*)=(.*?)(?:\s+#\s*(.*))?$/;

/**
 * Read before placeholders are filled, which need the defaults. A value of `variables` goes before the default.
 *
 * @param document a policy, as it is written
 */
export function readParameters(
  document: YamlNode,
  variables: Variables,
  errors: ErrorList,
): PolicyParameter[] {
  const node = entry(entry(entry(document, 'metadata'), 'annotations'), PARAMETERS_ANNOTATION);
  if (node?.kind !== 'scalar') return [];
  const place = { node, field: `metadata.annotations.${PARAMETERS_ANNOTATION}`, errors };
  const parameters: PolicyParameter[] = [];
  for (const line of node.value.split('\n').map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, standard = '', help = ''] = LINE.exec(line) ?? [];
    if (name === undefined) report(place, `"${line}" is not NAME=DEFAULT, with "# help" behind it`);
    else if (parameters.some((other) => other.name === name))
      report(place, `declares ${name} twice`);
    else {
      const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
      parameters.push({ name, value: given ?? standard, standard, help });
    }
  }
  return parameters;
}

const entry = (node: YamlNode | undefined, key: string): YamlNode | undefined =>
  node?.kind === 'mapping' ? node.entries.find((each) => each.key === key)?.value : undefined;

/** What placeholders of the policy stand for: `variables`, and parameters of which they have none. */
export const valuesOf = (
  parameters: readonly PolicyParameter[],
  variables: Variables,
): Variables => ({
  ...variables,
  ...Object.fromEntries(parameters.map(({ name, value }) => [name, value])),
});
