import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Severity } from '../policies/model.ts';
import type { Style } from './text/line.ts';

/** Every meaning that the screen gives a style to; themes must define them all. */
export const SLOTS = [
  'text',
  'text.dim',
  'text.strong',
  'frame',
  'frame.armed',
  'title',
  'tab.active',
  'tab.inactive',
  'status.live',
  'status.paused',
  'status.good',
  'status.warning',
  'status.danger',
  'cursor',
  'event.time',
  'event.exec',
  'event.exit',
  'event.policy',
  'event.binary',
  'event.arguments',
  'event.path',
  'event.status',
  'event.signal',
  'event.source',
  'event.killed',
  'event.withheld',
  'event.spared',
  'severity.info',
  'severity.low',
  'severity.medium',
  'severity.high',
  'severity.critical',
  'mode.off',
  'mode.monitor',
  'mode.armed',
  'hint.key',
  'hint.text',
  'input',
  'input.valid',
  'input.wrong',
] as const;
export type Slot = (typeof SLOTS)[number];

/** What shows how bad something is. */
export const severitySlot = (severity: Severity): Slot => `severity.${severity}`;

export type Theme = Readonly<Record<Slot, Style>>;

/** SGR numbers of the foreground colours (ECMA-48; the bright ones are aixterm's). Backgrounds are 10 higher. */
const COLORS: Readonly<Record<string, number>> = Object.fromEntries(
  ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'].flatMap((name, index) => [
    [name, 30 + index],
    [`bright-${name}`, 90 + index],
  ]),
);

const ATTRIBUTES: Readonly<Record<string, number>> = { bold: 1, dim: 2, underline: 4, inverse: 7 };

/**
 * Reads themes/<name>.yaml below `root`.
 *
 * @throws Error naming the file and what is wrong with it.
 */
export function loadTheme(root: string, name: string): Theme {
  const file = join(root, 'themes', `${name}.yaml`);
  const content = asObject(parseYaml(readFileSync(file, 'utf8'), file), file);
  const slots = asObject(content.slots, `${file}: slots`);
  const unknown = Object.keys(slots).filter((slot) => !(SLOTS as readonly string[]).includes(slot));
  if (unknown.length > 0) throw new Error(`${file}: unknown slots ${unknown.join(', ')}`);
  const entries = SLOTS.map((slot) => {
    if (slots[slot] === undefined) throw new Error(`${file}: slot ${slot} is missing`);
    return [slot, toStyle(asObject(slots[slot], `${file}: ${slot}`), `${file}: ${slot}`)];
  });
  return Object.fromEntries(entries) as Theme;
}

function toStyle(spec: Record<string, unknown>, where: string): Style {
  const codes: number[] = [];
  for (const [key, value] of Object.entries(spec)) {
    const attribute = own(ATTRIBUTES, key);
    if (attribute !== undefined) {
      if (typeof value !== 'boolean') throw new Error(`${where}: ${key} must be true or false`);
      if (value) codes.push(attribute);
    } else if (key === 'color' || key === 'background') {
      const color = own(COLORS, String(value));
      if (color === undefined) throw new Error(`${where}: unknown colour "${value}"`);
      codes.push(key === 'color' ? color : color + 10);
    } else {
      throw new Error(`${where}: unknown attribute "${key}"`);
    }
  }
  return { open: codes.length === 0 ? '' : `\x1b[${codes.join(';')}m` };
}

function parseYaml(text: string, file: string): unknown {
  try {
    return load(text);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Not what every object inherits: "constructor" is no colour. */
const own = (table: Readonly<Record<string, number>>, key: string): number | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where}: must be a mapping`);
  return value as Record<string, unknown>;
}
