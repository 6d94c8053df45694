import { EVENT_ID, load, parseEvents } from 'js-yaml';

/**
 * YAML as data. Aliases are refused: a few lines of them can stand for more than any memory holds ("billion laughs").
 *
 * @throws Error with what is wrong in its first line
 */
export function loadPlainYaml(text: string): unknown {
  if (parseEvents(text, {}).some(({ type }) => type === EVENT_ID.ALIAS))
    throw new Error('aliases (*name) are not read here: write out what they stand for');
  return load(text);
}
