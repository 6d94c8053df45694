/** spec.selectorsMacros: parts of selectors under a name. */
import {
  type Fields,
  list,
  type Place,
  readEntries,
  readFields,
  readTexts,
  report,
} from './reader.ts';

/** Fields of a selector. */
export const SELECTOR_FIELDS = [
  'label',
  'macros',
  'matchPIDs',
  'matchArgs',
  'matchData',
  'matchActions',
  'matchReturnArgs',
  'matchReturnActions',
  'matchBinaries',
  'matchParentBinaries',
  'matchNamespaces',
  'matchNamespaceChanges',
  'matchCapabilities',
  'matchCapabilityChanges',
  'matchWorkloads',
];

/** Each macro's fields; what they hold is read where they are used, because it depends on the hook. */
export type Macros = ReadonlyMap<string, Fields>;

export function readMacros(place: Place | undefined): Macros {
  return new Map(
    readEntries(place, 'selectors').map(([name, macro]) => [
      name,
      readFields(
        macro,
        SELECTOR_FIELDS.filter((field) => field !== 'macros'),
        { macros: "a macro can't use macros itself" },
      ),
    ]),
  );
}

/**
 * The fields of a selector and of the macros it names. The same field in two of them is an error, except for the label, which a
 * macro only gives to a selector without one. (Tetragon forgets a macro's matchWorkloads; here it counts.)
 */
export function mergeMacros(own: Fields, macros: Macros): Fields {
  const merged = new Map(own);
  for (const { text: name, place } of readTexts(own.get('macros'))) {
    const macro = macros.get(name);
    if (!macro)
      report(
        place,
        `there is no macro "${name}"; spec.selectorsMacros has ${list([...macros.keys()]) || 'none'}`,
      );
    for (const [field, value] of macro ?? []) {
      if (!merged.has(field)) merged.set(field, value);
      else if (field !== 'label')
        report(place, `macro "${name}" has ${field}, which the selector or another macro has too`);
    }
  }
  return merged;
}
