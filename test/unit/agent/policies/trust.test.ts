import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findDistrust } from '../../../../src/agent/policies/trust.ts';

let base: string;
let folder: string;
let file: string;
/** Whoever runs the test, and root, who owns the folders above. */
const owners = new Set([0, process.getuid?.() ?? 0]);

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tgtrust-'));
  folder = join(base, 'policies');
  mkdirSync(folder, { mode: 0o755 });
  file = join(folder, 'a.yaml');
  writeFileSync(file, 'x');
  chmodSync(file, 0o644);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test('a file that only its owner can write, in a folder like that, below a sticky one', () => {
  expect(findDistrust(file, owners)).toBeUndefined();
});

test.each([0o664, 0o646, 0o666])('a file of mode %o names the remedy', (mode) => {
  chmodSync(file, mode);
  expect(findDistrust(file, owners)).toBe(
    `is not loaded: others than its owner can write ${file}: chmod go-w ${file}`,
  );
});

test('a folder that others can write, the nearest or above', () => {
  chmodSync(folder, 0o775);
  expect(findDistrust(file, owners)).toContain(`chmod go-w ${folder}`);
  chmodSync(folder, 0o755);
  chmodSync(base, 0o777);
  expect(findDistrust(file, owners)).toContain(`chmod go-w ${base}`);
  chmodSync(base, 0o1777);
  expect(findDistrust(file, owners)).toBeUndefined();
});

test('a file of somebody else', () => {
  const uid = process.getuid?.() ?? 0;
  expect(findDistrust(file, new Set([4_000_000_000]))).toBe(
    `is not loaded: ${file} belongs to user ${uid}, neither root nor you: chown root ${file}`,
  );
});

test('a link leads to where others can write', () => {
  const open = join(base, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  writeFileSync(join(open, 'b.yaml'), 'x');
  const link = join(folder, 'b.yaml');
  symlinkSync(join(open, 'b.yaml'), link);
  expect(findDistrust(link, owners)).toContain(`chmod go-w ${open}`);
  // And a link that lies there, whatever it leads to.
  symlinkSync(file, join(open, 'c.yaml'));
  expect(findDistrust(join(open, 'c.yaml'), owners)).toContain(`chmod go-w ${open}`);
});
