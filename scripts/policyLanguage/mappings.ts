/** Tables of fields: what places.ts says of them, and what the reader does with them. */
import type { FieldText, Place } from './places.ts';
import { allowedWords, errorsOf, STRANGER } from './probe.ts';

/** A line of a table. */
type FieldRow = { names: readonly string[]; takes: string; absent: string; means: string };

/**
 * The fields of a mapping as the reader has them.
 *
 * @throws Error when places.ts lacks one of them, has one that there isn't, or a smallest mapping that is wrong
 */
export function fieldRows(place: Place): FieldRow[] {
  const { title, least, policyOf, fields } = place;
  const wrong = errorsOf(policyOf(least))[0];
  if (wrong) throw new Error(`${title}: the smallest mapping is refused: ${wrong.message}`);
  const known = allowedWords(policyOf({ ...least, [STRANGER]: 1 })).toSorted();
  const told = Object.keys(fields).flatMap((names) => names.split(' '));
  if (known.join() !== told.toSorted().join())
    throw new Error(
      `${title}: the reader takes ${known.join(', ')}; scripts/policyLanguage/places.ts tells of ${told.toSorted().join(', ')}`,
    );
  return Object.entries(fields).map(([names, text]) => ({
    names: names.split(' '),
    takes: takesOf(place, names, text),
    absent: absentOf(place, names, text),
    means: text.means,
  }));
}

function takesOf({ least, policyOf }: Place, name: string, { takes }: FieldText): string {
  if (takes !== 'words' && takes !== 'list of words') return takes;
  const value = takes === 'words' ? STRANGER : [STRANGER];
  const words = allowedWords(policyOf({ ...least, [name]: value }));
  return `${takes === 'words' ? '' : 'list of '}${words.map((word) => `\`${word}\``).join(', ')}`;
}

/** A field is required when the reader misses it. */
function absentOf({ least, policyOf }: Place, name: string, { absent }: FieldText): string {
  if (!(name in least)) return absent ?? '';
  const without = Object.fromEntries(Object.entries(least).filter(([key]) => key !== name));
  const isMissed = errorsOf(policyOf(without)).length > 0;
  if (!isMissed) throw new Error(`${name} may be absent: it is no part of the smallest mapping`);
  return `**required**${absent === undefined ? '' : `: ${absent}`}`;
}
