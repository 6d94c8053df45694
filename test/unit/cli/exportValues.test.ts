import { expect, test } from 'vitest';
import type { ExportOptions } from '../../../src/agent/messages.ts';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';

const CONFIG = ['--config', 'none'];

function optionsOf(...words: string[]) {
  const command = parseCommandLine([...words, ...CONFIG]);
  if (command.name !== 'events') throw new Error(command.name);
  return command.options;
}
const exportOf = (...words: string[]): ExportOptions | undefined =>
  optionsOf('events', '--export', '/var/log/x.log', ...words).services.exportFile;

test('Tetragon’s defaults, and its other name', () => {
  const standard = {
    ...{ file: '/var/log/x.log', maxBytes: 10 << 20, maxBackups: 5, rotationMs: 0 },
    ...{ compress: false, mode: 0o600, allow: '', deny: '', fields: '' },
    ...{ perMinute: undefined, aggregation: undefined },
  };
  expect(exportOf()).toEqual(standard);
  expect(optionsOf('events', '--export-filename', '/var/log/x.log').services.exportFile).toEqual(
    standard,
  );
  expect(optionsOf('events').services.exportFile).toBeUndefined();
  expect(optionsOf('events', '--export', 'none').services.exportFile).toBeUndefined();
});

test.each<[string[], Partial<ExportOptions>]>([
  [['--export-file-max-size-mb', '0'], { maxBytes: 0 }],
  [['--export-file-max-size-mb', '5000'], { maxBytes: 5000 * 1024 * 1024 }],
  [['--export-file-max-backups', '0'], { maxBackups: 0 }],
  [['--export-file-rotation-interval', '0'], { rotationMs: 0 }],
  [['--export-file-rotation-interval', '24h0m0s'], { rotationMs: 86_400_000 }],
  [['--export-file-rotation-interval', '1h30m'], { rotationMs: 5_400_000 }],
  [['--export-file-rotation-interval', '1.5s'], { rotationMs: 1500 }],
  [['--export-file-rotation-interval', '90'], { rotationMs: 90_000 }],
  [['--export-file-perm', '0640'], { mode: 0o640 }],
  [['--export-file-compress'], { compress: true }],
  [['--export-rate-limit', '0'], { perMinute: 0 }],
  [['--export-rate-limit', '-1'], { perMinute: undefined }],
  [['--enable-export-aggregation'], { aggregation: { windowMs: 15_000, most: 10_000 } }],
  [
    [
      '--enable-export-aggregation',
      ...['--export-aggregation-window-size', '500ms', '--export-aggregation-buffer-size', '5'],
    ],
    { aggregation: { windowMs: 500, most: 5 } },
  ],
  [['--export-denylist', '{"pid":[1]}\n{"pid":[2,3]}'], { deny: '{"pid":[1]}\n{"pid":[2,3]}' }],
])('%j', (words, expected) => {
  expect(exportOf(...words)).toMatchObject(expected);
});

test('a limit is the export’s where there is one', () => {
  expect(optionsOf('events', '--export-rate-limit', '5').perMinute).toBe(5);
  expect(
    optionsOf('events', '--export', '/x', '--export-rate-limit', '5').perMinute,
  ).toBeUndefined();
});

test.each([
  [['events', '--export-allowlist', '{}'], '--export-allowlist says nothing without --export FILE'],
  [['events', '--export-file-compress'], '--export-file-compress says nothing without --export'],
  [['agent', '--export-rate-limit', '5'], '--export-rate-limit says nothing without --export FILE'],
  [
    ['events', '--export', '/x', '--export-aggregation-buffer-size', '5'],
    'says nothing without --enable-export-aggregation',
  ],
  [['events', '--export', '/x', '--export-file-perm', '888'], 'three octal digits'],
  [['events', '--export', '/x', '--export-file-max-size-mb', '1.5'], 'a whole number from 0'],
  [['events', '--export', '/x', '--export-file-rotation-interval', '1d'], 'a time such as'],
  [
    [
      ...['events', '--export', '/x', '--enable-export-aggregation'],
      ...['--export-aggregation-window-size', '0'],
    ],
    'must be longer than 0',
  ],
])('%j', (words, message) => {
  expect(() => parseCommandLine([...words, ...CONFIG])).toThrow(message);
});
