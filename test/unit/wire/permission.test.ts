import { expect, test } from 'vitest';
import { formatPermission } from '../../../src/events/wire/permission.ts';

test.each<[number, string]>([
  [0o100644, '-rw-r--r--'],
  [0o040755, 'drwxr-xr-x'],
  [0o120777, 'lrwxrwxrwx'],
  [0o010600, 'prw-------'],
  [0o140755, 'srwxr-xr-x'],
  [0o020620, 'crw--w----'],
  [0o060660, 'brw-rw----'],
  [0o104755, '-rwsr-xr-x'],
  [0o104644, '-rwSr--r--'],
  [0o102755, '-rwxr-sr-x'],
  [0o102644, '-rw-r-Sr--'],
  [0o041777, 'drwxrwxrwt'],
  [0o041776, 'drwxrwxrwT'],
])('mode %o', (mode, text) => {
  expect(formatPermission(mode)).toBe(text);
});
