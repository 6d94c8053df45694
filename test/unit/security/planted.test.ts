/** Links, pipes and folders in the way of files that are written: nothing of them is touched, and nobody waits. */
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRecordingFile } from '../../../src/agent/recording/recordingFile.ts';
import { createSpool } from '../../../src/agent/replay/spool.ts';
import { runNew } from '../../../src/cli/policyNew.ts';
import { openSaveFile } from '../../../src/ui/save/saveFile.ts';

let folder = '';
let precious = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-planted-'));
  precious = join(folder, 'precious');
  writeFileSync(precious, 'precious');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WISH: Parameters<typeof runNew>[0] = {
  ...{ name: 'x', message: undefined, returns: undefined, rateLimit: undefined },
  ...{ paths: ['/etc/x'], cidrs: [], notCidrs: [], ports: [], syscalls: [], args: [] },
  ...{ users: [], binaries: [], notBinaries: [], followChildren: false, kill: false, deny: false },
  ...{ read: false, write: true, exec: false, connect: false, bind: false, listen: false },
};

const PLANTS: readonly [what: string, plant: (at: string) => void][] = [
  ['a link to a file', (at) => symlinkSync(precious, at)],
  ['a link to nothing', (at) => symlinkSync(join(folder, 'made'), at)],
  ['a second name of a file', (at) => linkSync(precious, at)],
  ['a pipe', (at) => execFileSync('mkfifo', [at])],
  ['a folder', (at) => mkdirSync(at)],
];

const untouched = (at: string, before: Stats) => {
  expect(readFileSync(precious, 'utf8')).toBe('precious');
  expect(readdirSync(folder)).not.toContain('made');
  expect(lstatSync(at).ino).toBe(before.ino);
  expect(lstatSync(at).mode).toBe(before.mode);
};

describe.each(PLANTS)('%s', (_what, plant) => {
  const planted = () => {
    const at = join(folder, 'out');
    plant(at);
    return { at, before: lstatSync(at) };
  };

  test('in the way of a recording', () => {
    const { at, before } = planted();
    const options = { owner: undefined, notice() {}, ended() {}, now: () => 0 };
    expect(() => createRecordingFile({ path: at, ...options })).toThrow('recording: ');
    untouched(at, before);
  });

  test('in the way of a new policy', () => {
    const { at, before } = planted();
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(runNew(WISH, at)).toBe(1);
      expect(write).toHaveBeenCalledWith(expect.stringContaining('nothing was written'));
    } finally {
      write.mockRestore();
    }
    untouched(at, before);
  });

  test('in the way of what a screen saves', async () => {
    const { at, before } = planted();
    const file = openSaveFile(at, undefined);
    await file.write(Buffer.from('saved'));
    expect(() => file.finish(false)).toThrow('EEXIST');
    file.abandon();
    untouched(at, before);
    expect(readdirSync(folder).sort()).toEqual(['out', 'precious']);
  });
});

test('a recording and what is saved are nobody else’s to read, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const [recorded, saved] = [join(folder, 'recorded'), join(folder, 'saved')];
    const options = { owner: undefined, notice() {}, ended() {}, now: () => 0 };
    const recording = createRecordingFile({ path: recorded, ...options });
    const file = openSaveFile(saved, undefined);
    file.finish(false);
    await recording.close();
    for (const path of [recorded, saved]) expect(lstatSync(path).mode & 0o777).toBe(0o600);
  } finally {
    process.umask(before);
  }
});

test('what is saved takes the place of a link, and goes nowhere through it', async () => {
  const at = join(folder, 'out');
  symlinkSync(precious, at);
  const file = openSaveFile(at, undefined);
  await file.write(Buffer.from('saved'));
  file.finish(true);
  expect(lstatSync(at).isSymbolicLink()).toBe(false);
  expect(readFileSync(precious, 'utf8')).toBe('precious');
});

test('what is kept of a pipe has no name, and its folder is gone at once', async () => {
  vi.stubEnv('TMPDIR', folder);
  try {
    const spool = createSpool();
    expect(readdirSync(folder)).toEqual(['precious']);
    expect(spool.add(Buffer.from('kept'))).toBe(true);
    expect((await spool.read(0)).toString()).toBe('kept');
    spool.close();
  } finally {
    vi.unstubAllEnvs();
  }
});
