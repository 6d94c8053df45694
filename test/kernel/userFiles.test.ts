/** Files as another user. The users and groups are made up, in a mount namespace of the program's own. Needs root. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('fixtures/user-files.ts', import.meta.url));
const [ALICE, OWN, SHARED, OTHER] = [424_242, 424_243, 424_244, 424_245];

let root = '';
let folder = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trigon-user-'));
  chmodSync(root, 0o755);
  folder = join(root, 'shared');
  mkdirSync(folder);
});
afterEach(() => rmSync(root, { recursive: true }));

type Identity = { fsuid: number; fsgid: number; groups: number[] };
type Answer = { result: string; during: Identity; before: Identity; after: Identity };

function writeAs(uid: number): Answer {
  const put = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  };
  const passwd = put('passwd', `root:x:0:0::/:/bin/sh\nalice:x:${ALICE}:${OWN}::/:/bin/sh\n`);
  const group = put('group', `root:x:0:\nshared:x:${SHARED}:bob,alice\nother:x:${OTHER}:bob\n`);
  const switches = put('nsswitch.conf', 'passwd: files\ngroup: files\n');
  const script = `mount --bind ${passwd} /etc/passwd && mount --bind ${group} /etc/group
    if [ -e /etc/nsswitch.conf ]; then mount --bind ${switches} /etc/nsswitch.conf; fi
    exec "$@"`;
  const command = [process.execPath, PROGRAM, String(uid), String(OWN), folder];
  return JSON.parse(
    execFileSync('unshare', ['-m', 'sh', '-ec', script, 'sh', ...command], { encoding: 'utf8' }),
  );
}

const mayWrite = (group: number) => {
  chownSync(folder, 0, group);
  chmodSync(folder, 0o770);
};

test('where one of the user’s other groups may write, so may we', () => {
  mayWrite(SHARED);
  const { result, during, before, after } = writeAs(ALICE);
  expect(result).toBe('written');
  expect(statSync(join(folder, 'new'))).toMatchObject({ uid: ALICE, gid: OWN });
  expect(during).toMatchObject({ fsuid: ALICE, fsgid: OWN });
  expect(during.groups.toSorted()).toEqual([OWN, SHARED]);
  expect(after).toEqual(before);
});

test('where only a group may write that they are not in, we may not', () => {
  mayWrite(OTHER);
  const { result, before, after } = writeAs(ALICE);
  expect(result).toBe('EACCES');
  expect(after).toEqual(before);
});

test('a user whom no database knows is in the one group only', () => {
  mayWrite(SHARED);
  const { result, during } = writeAs(ALICE + 100);
  expect(result).toBe('EACCES');
  expect(during).toMatchObject({ fsgid: OWN, groups: [] });
});
