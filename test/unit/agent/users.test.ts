import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readGroupNames, readHomes, readUserNames } from '../../../src/agent/users.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-users-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (text: string): string => {
  const path = join(folder, 'file');
  writeFileSync(path, text);
  return path;
};

test('of several lines with one number the first counts; odd lines are none', () => {
  const passwd = file('root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n\n:x:5:5\nodd\nbob:x:7:7:::');
  expect([...readUserNames(passwd)]).toEqual([
    [0, 'root'],
    [7, 'bob'],
  ]);
  expect([...readHomes(passwd)]).toEqual([[0, '/root']]);
});

test('groups, with members or without', () => {
  const group = file('root:x:0:\nadm:x:4:syslog,bob\nalso:x:4:\n');
  expect([...readGroupNames(group)]).toEqual([
    [0, 'root'],
    [4, 'adm'],
  ]);
  expect(readGroupNames(join(folder, 'absent')).size).toBe(0);
});

test('this host’s groups', () => {
  const [, , gid] = execFileSync('getent', ['group', 'root'], { encoding: 'utf8' }).split(':');
  expect(readGroupNames().get(Number(gid))).toBe('root');
});

test('a file without an end is cut at a line', () => {
  const line = `g1:x:1:${'m'.repeat(1000)}\n`;
  const names = readGroupNames(file(line + line.repeat(9000).replaceAll('g1:x:1:', 'g2:x:22:')));
  expect([...names]).toEqual([
    [1, 'g1'],
    [22, 'g2'],
  ]);
});
