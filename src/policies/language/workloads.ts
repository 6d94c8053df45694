/** Selectors of pods, containers and nodes: Kubernetes' label selectors. */
import type { LabelSelector, Workload } from '../model.ts';
import {
  type Fields,
  list,
  type Place,
  readEntries,
  readFields,
  readItems,
  readRequiredChoice,
  readRequiredText,
  readText,
  readTexts,
  report,
} from './reader.ts';

export const WORKLOAD_FIELDS = ['podSelector', 'containerSelector', 'hostSelector'];

/** `podSelector` and its kin among the fields of spec or matchWorkloads; `nodeSelector` is of spec only. */
export function readWorkload(fields: Fields): Workload {
  const pod = fields.get('podSelector');
  const container = fields.get('containerSelector');
  const node = fields.get('nodeSelector');
  return {
    pod: pod && readLabelSelector(pod),
    container: container && readLabelSelector(container, CONTAINER_LABELS),
    host: readHostSelector(fields.get('hostSelector')),
    node: node && readLabelSelector(node),
  };
}

export function readMatchWorkloads(place: Place): Workload {
  return readWorkload(readFields(place, WORKLOAD_FIELDS));
}

/** What a container has instead of labels: its name, and the repository of its image. */
const CONTAINER_LABELS = ['name', 'repo'];

function readHostSelector(place: Place | undefined): boolean {
  if (!place) return false;
  const isEmpty = place.node.kind === 'mapping' && place.node.entries.length === 0;
  if (!isEmpty)
    report(
      place,
      "must be {} (the host) or null: hosts can't be told apart by labels here; use nodeSelector",
    );
  return true;
}

const LABEL_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** What Kubernetes allows as the value of a label. */
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;

function readLabelSelector(place: Place, keys?: readonly string[]): LabelSelector {
  const fields = readFields(place, ['matchLabels', 'matchExpressions']);
  const checkKey = (key: string, at: Place): void => {
    if (key === '') report(at, 'a label needs a name');
    else if (keys && !keys.includes(key))
      report(at, `containers have no label "${key}"; allowed: ${list(keys)}`);
  };
  const checkValue = (value: string, at: Place): void => {
    if (!keys && !LABEL_VALUE.test(value))
      report(
        at,
        `"${value}" can't be the value of a label; allowed: up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
      );
  };
  const matchLabels: [string, string][] = [];
  for (const [key, value] of readEntries(fields.get('matchLabels'), 'texts')) {
    const text = readText(value);
    checkKey(key, value);
    if (text === undefined) continue;
    checkValue(text, value);
    matchLabels.push([key, text]);
  }
  return {
    matchLabels: Object.fromEntries(matchLabels),
    matchExpressions: readItems(fields.get('matchExpressions')).map((item) => {
      const parts = readFields(item, ['key', 'operator', 'values']);
      const key = readRequiredText(item, parts, 'key') ?? '';
      const keyPlace = parts.get('key');
      if (keyPlace && key !== '') checkKey(key, keyPlace);
      const operator = readRequiredChoice(item, parts, 'operator', LABEL_OPERATORS);
      const values = readTexts(parts.get('values'));
      for (const { text, place: at } of values) checkValue(text, at);
      const takesValues = operator === 'In' || operator === 'NotIn';
      if (operator && takesValues && values.length === 0)
        report(parts.get('values') ?? item, `${operator} needs at least one value`);
      if (operator && !takesValues && values.length > 0)
        report(parts.get('values') ?? item, `${operator} takes no values`);
      return { key, operator: operator ?? 'In', values: values.map(({ text }) => text) };
    }),
    position: place.node.position,
  };
}
