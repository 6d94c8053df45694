import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { isWritable, usdtArguments } from '../../../../src/agent/symbols/usdtNotes.ts';
import { compileProgram } from '../../../driver/compile.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-usdt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the arguments of a probe, and of one that is not there', () => {
  const program = join(folder, 'probed');
  const source = fileURLToPath(new URL('../../../kernel/fixtures/probed.c', import.meta.url));
  compileProgram(source, program);
  expect(usdtArguments(program, 'trigon_test', 'added')).toEqual([
    [expect.stringMatching(/^-4@%\w+$/)],
  ]);
  expect(usdtArguments(program, 'trigon_test', 'no_such_probe')).toEqual([]);
});

test('only four bytes in memory can be written to', () => {
  expect(['-4@-12(%rbp)', '4@(%rax)', '4@8(%rsp)'].filter(isWritable)).toHaveLength(3);
  expect(
    ['-4@%eax', '8@8(%rsp)', '-4@$5', '4@8(%rsp,%rax,2)', undefined].filter(isWritable),
  ).toEqual([]);
});
