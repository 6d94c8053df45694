import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joined } from '../../../src/cli/policyFill.ts';
import { readNamedPolicies } from '../../../src/cli/policyWords.ts';
import { readYaml } from '../../../src/policies/yaml.ts';
import { run } from '../../driver/command.ts';

const TRIGON = join(import.meta.dirname, '../../../src/cli/main.ts');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-fill-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trigon = (...words: string[]) => run(process.execPath, [TRIGON, ...words], { cwd: folder });

test('several texts are one stream, whether they begin with the sign for a document or not', () => {
  const text = joined(['a: 1\n', '# c\n\n---\nb: 2\n', 'c: 3\n', '%YAML 1.2\n---\nd: 4\n']);
  expect(text).toBe('a: 1\n# c\n\n---\nb: 2\n---\nc: 3\n...\n%YAML 1.2\n---\nd: 4\n');
  expect(readYaml(text)).toHaveLength(4);
});

test('names of the library and files, in the order of the words', async () => {
  const file = join(folder, 'own.yaml');
  writeFileSync(file, 'a: 1');
  const read = await readNamedPolicies([file, 'etc-writes', file]);
  expect(read.map((each) => each.file)).toEqual([
    file,
    expect.stringMatching(/src\/policies\/library\/etc-writes\.yaml$/),
    file,
  ]);
});

test('a file without a slash is told how to be written', async () => {
  writeFileSync(join(folder, 'plain'), '');
  const { code, stderr } = await trigon('policy', 'check', 'plain');
  expect(stderr).toBe(
    'trigon: the library has no policy "plain"; for the file here write "./plain".\n',
  );
  expect(code).toBe(2);
});

test('as a command: a policy of the library for Tetragon', async () => {
  const { code, stdout, stderr } = await trigon(
    ...['policy', 'fill', 'egress-connections', '--set', 'CIDRS=10.0.0.0/8 fd00::/8'],
  );
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toContain('                - 10.0.0.0/8\n                - fd00::/8\n');
  expect(stdout).toMatch(/^# Connections/);
  expect(stdout).not.toContain('$\u007b');
});

test('as a command: nothing on standard output when one of the policies is wrong', async () => {
  const file = join(folder, 'unset.yaml');
  writeFileSync(file, 'apiVersion: cilium.io/v1alpha1\nkind: $\u007bKIND}\n');
  const { code, stdout, stderr } = await trigon('policy', 'fill', 'etc-writes', file);
  expect(stdout).toBe('');
  expect(stderr).toContain(`${file}:2:7: kind: $\u007bKIND} is not set; give it with --set KIND=`);
  expect(code).toBe(1);
});

test('as a command: an unknown name', async () => {
  const { code, stderr } = await trigon('policy', 'fill', 'etc-write');
  expect(stderr).toBe(
    'trigon: the library has no policy "etc-write"; did you mean "etc-writes"?\n',
  );
  expect(code).toBe(2);
});

test('explain takes a name too', async () => {
  const { code, stdout } = await trigon('policy', 'explain', 'etc-writes');
  expect(stdout).toMatch(/^etc-writes \(.*\/etc-writes\.yaml\)\n/);
  expect(code).toBe(0);
});
