/** What hooks of every kind have in common. */
import { quote } from '../../events/text.ts';
import type { Hook, HookKind, ValueList } from '../model.ts';
import type { Budget } from './argumentFilters.ts';
import type { Macros } from './macros.ts';
import {
  type Fields,
  type Place,
  readBoolean,
  readFields,
  readLimited,
  readOptionalText,
  readText,
  report,
  warn,
} from './reader.ts';
import type { SelectorContext } from './selectors.ts';

/** What hooks refer to in the rest of their policy. */
export type PolicyContext = {
  lists: readonly ValueList[];
  hasEnforcer: boolean;
  macros: Macros;
  budget: Budget;
};

/** Fields of all hooks. */
export const COMMON = ['args', 'selectors', 'message', 'tags'];

export const selectorContext = (
  kind: HookKind,
  policy: PolicyContext,
  hook: Pick<SelectorContext, 'args'> & Partial<SelectorContext>,
): SelectorContext => ({
  ...policy,
  kind,
  data: [],
  returnArg: undefined,
  returns: false,
  hook: undefined,
  ...hook,
});

export const readCommon = (
  place: Place,
  fields: Fields,
  nameField: string,
): Pick<Hook, 'message' | 'tags' | 'field' | 'position'> => ({
  message: readMessage(fields.get('message')),
  tags: readTags(fields.get('tags')),
  field: place.field,
  position: (fields.get(nameField) ?? place).node.position,
});

/** One of the switches in `ignore`. */
export const readIgnored = (place: Place | undefined, name: string): boolean =>
  place ? readBoolean(readFields(place, [name]).get(name)) : false;

/** Tetragon's limits, in bytes. */
const MAX_MESSAGE_BYTES = 256;
const MAX_TAG_BYTES = 128;
const MAX_TAGS = 16;

const readMessage = (place: Place | undefined): string | undefined =>
  place && readShownText(place, MAX_MESSAGE_BYTES);

const readTags = (place: Place | undefined): string[] =>
  readLimited(place, MAX_TAGS, 'tags').flatMap((tag) => {
    const text = readText(tag);
    if (text !== '') return readShownText(tag, MAX_TAG_BYTES) ?? [];
    report(tag, 'a tag needs at least 2 bytes');
    return [];
  });

/** Text for events: cut to so many bytes, and escaped as Go's %q does it, without the quotes. */
function readShownText(place: Place, most: number): string | undefined {
  const text = readOptionalText(place);
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text);
  if (bytes.length < 2) report(place, 'needs at least 2 bytes');
  if (bytes.length > most) warn(place, `is cut to ${most} bytes`);
  return quote(cut(bytes, most)).slice(1, -1);
}

/** The first bytes of a text, as whole characters. */
function cut(bytes: Buffer, most: number): string {
  let end = Math.min(most, bytes.length);
  // 10xxxxxx: the middle of a character.
  while (end < bytes.length && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
