import { resolve } from 'node:path';
import type { ExportOptions } from '../agent/messages.ts';
import { perMinute } from './limits.ts';
import { type OptionValues, UsageError, wholeNumber } from './optionValues.ts';

/** Options that say how the export is done, and nothing without one. */
const NEEDS_EXPORT = [
  'export-allowlist',
  'export-denylist',
  'field-filters',
  'export-file-max-size-mb',
  'export-file-rotation-interval',
  'export-file-max-backups',
  'export-file-compress',
  'export-file-perm',
  'enable-export-aggregation',
] as const;
const NEEDS_AGGREGATION = [
  'export-aggregation-window-size',
  'export-aggregation-buffer-size',
] as const;

/** Tetragon's defaults. */
const DEFAULT_MB = 10;
const DEFAULT_BACKUPS = 5;
const DEFAULT_MODE = '600';
const DEFAULT_WINDOW_MS = 15_000;
const DEFAULT_BUFFER = 10_000;

const LONGEST_MS = 366 * 24 * 3_600_000;
const MOST_MB = 1_000_000;
/** As Tetragon counts them. */
const MB = 1 << 20;

/** What is exported, and how; undefined: nothing is. @throws UsageError */
export function exportOf(values: OptionValues): ExportOptions | undefined {
  const file = values.text('export');
  const isAggregated = values.isSet('enable-export-aggregation');
  if (!isAggregated) refuse(values, NEEDS_AGGREGATION, '--enable-export-aggregation');
  if (file === undefined || file === '' || file === 'none') {
    // In a configuration file they may wait for an --export that is given at times.
    refuse(values, NEEDS_EXPORT, '--export FILE');
    return undefined;
  }
  const text = (name: string) => values.text(name) ?? '';
  return {
    file: resolve(file),
    maxBytes: number(values, 'export-file-max-size-mb', DEFAULT_MB, MOST_MB) * MB,
    maxBackups: number(values, 'export-file-max-backups', DEFAULT_BACKUPS, 1_000_000),
    rotationMs: time('--export-file-rotation-interval', text('export-file-rotation-interval'), 0),
    compress: values.isSet('export-file-compress'),
    mode: fileMode('--export-file-perm', values.text('export-file-perm') ?? DEFAULT_MODE),
    allow: text('export-allowlist'),
    deny: text('export-denylist'),
    fields: text('field-filters'),
    perMinute: perMinute('--export-rate-limit', values.text('export-rate-limit')),
    aggregation: isAggregated ? aggregation(values) : undefined,
  };
}

/** Where no lines are written but those of the export, only these can be limited. @throws UsageError */
export function refuseLimitAlone(values: OptionValues, options: ExportOptions | undefined): void {
  if (!options) refuse(values, ['export-rate-limit'], '--export FILE');
}

function refuse(values: OptionValues, names: readonly string[], needed: string): void {
  const lone = names.find((name) => values.isGiven(name));
  if (lone !== undefined) throw new UsageError(`--${lone} says nothing without ${needed}`);
}

function aggregation(values: OptionValues): NonNullable<ExportOptions['aggregation']> {
  const window = values.text('export-aggregation-window-size') ?? '';
  const windowMs = time('--export-aggregation-window-size', window, DEFAULT_WINDOW_MS);
  if (windowMs === 0)
    throw new UsageError('--export-aggregation-window-size must be longer than 0');
  const most = values.text('export-aggregation-buffer-size');
  return {
    windowMs,
    most:
      most === undefined ? DEFAULT_BUFFER : wholeNumber('--export-aggregation-buffer-size', most),
  };
}

/** A whole number from 0. */
function number(values: OptionValues, name: string, standard: number, most: number): number {
  const text = values.text(name) ?? '';
  if (text === '') return standard;
  if (!/^\d{1,9}$/.test(text) || Number(text) > most)
    throw new UsageError(`--${name} must be a whole number from 0 to ${most}, not "${text}"`);
  return Number(text);
}

const UNITS_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** As Go writes durations, which Tetragon's files have: `1h30m`, `15s`, `0`; a bare number is seconds. In whole ms. */
function time(flag: string, text: string, standard: number): number {
  if (text === '') return standard;
  if (!/^(\d+(\.\d+)?|(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+)$/.test(text))
    throw new UsageError(`${flag} must be a time such as 30s, 1h30m or 0, not "${text}"`);
  let ms = 0;
  for (const [, count, unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)?/g))
    ms += Number(count) * (UNITS_MS[unit] ?? 0);
  if (ms > LONGEST_MS) throw new UsageError(`${flag} must be at most a year, not "${text}"`);
  return Math.ceil(ms);
}

/** Octal digits. */
function fileMode(flag: string, text: string): number {
  if (!/^0?[0-7]{3}$/.test(text))
    throw new UsageError(`${flag} must be three octal digits such as 600 or 640, not "${text}"`);
  return Number.parseInt(text, 8);
}
