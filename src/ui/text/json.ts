import { encodeEvent } from '../../events/json.ts';
import { escapeText, type SafeText } from '../../events/text.ts';
import type { Event } from '../../events/types.ts';

/** What a terminal must not get, as `escapeText` has it. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]/gu;
const NON_ASCII = /[^\n -~]/gu;

const escapeUnits = (character: string): string => {
  let out = '';
  for (let i = 0; i < character.length; i++)
    out += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return out;
};

/**
 * JSON that a terminal can show and that still means the same: in JSON such characters stand in strings only, where they may be
 * `\uXXXX`. escapeText alone would write escapes that JSON doesn't know.
 */
const harmless = (json: string, asciiOnly: boolean): string =>
  json.replace(asciiOnly ? NON_ASCII : UNPRINTABLE, escapeUnits);

/** The event as one line of Tetragon's JSON. */
export const jsonLine = (event: Event): SafeText => escapeText(harmless(encodeEvent(event), false));

/** The event's JSON for reading: indented, but lists and small objects in a line. */
export function jsonLines(event: Event, asciiOnly: boolean): SafeText[] {
  const indented = indent(JSON.parse(encodeEvent(event)), '');
  return harmless(indented, asciiOnly).split('\n').map(escapeText);
}

/** Something of ours as one line of JSON. */
export const harmlessJson = (value: unknown): SafeText =>
  escapeText(harmless(JSON.stringify(value), false));

const SMALL = 60;

function indent(value: unknown, margin: string): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || line.length <= SMALL) return line;
  const inner = `${margin}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => indent(item, inner));
    const hasObjects = value.some((item) => typeof item === 'object');
    return hasObjects ? block('[', items, ']', margin) : `[${items.join(', ')}]`;
  }
  const pairs = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${indent(item, inner)}`,
  );
  return block('{', pairs, '}', margin);
}

const block = (open: string, parts: readonly string[], close: string, margin: string): string =>
  `${open}\n${parts.map((part) => `${margin}  ${part}`).join(',\n')}\n${margin}${close}`;
