import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSettings, unkeptSettings } from '../../../src/cli/settingsFile.ts';
import { DEFAULT_SETTINGS } from '../../../src/ui/settings.ts';
import { until } from '../../driver/until.ts';

let root = '';
let folder = '';
let file = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trigon-state-'));
  folder = join(root, 'state', 'trigon');
  file = join(folder, 'state.yaml');
});
afterEach(() => rmSync(root, { recursive: true }));

const env = () => ({ XDG_STATE_HOME: join(root, 'state') });

test('what was changed is found again; the file is its owner’s alone', () => {
  const first = openSettings(env());
  expect(first.warnings).toEqual([]);
  expect(first.book.get()).toEqual(DEFAULT_SETTINGS);
  first.book.change({ kernelThreads: true, filters: { shells: 'binary:sh' } });
  expect(existsSync(folder)).toBe(false);
  expect(first.close()).toBeUndefined();
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(lstatSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(['state.yaml']);
  expect(openSettings(env()).book.get()).toEqual({
    ...DEFAULT_SETTINGS,
    kernelThreads: true,
    filters: { shells: 'binary:sh' },
  });
});

test('without a change nothing is written; nor when it is not wanted', () => {
  expect(openSettings(env()).close()).toBeUndefined();
  const unkept = unkeptSettings();
  unkept.book.change({ mouse: true });
  expect(unkept.close()).toBeUndefined();
  expect(existsSync(join(root, 'state'))).toBe(false);
});

test('a second after a change it is saved already', async () => {
  const { book } = openSettings(env());
  book.change({ mouse: true });
  expect(await until(() => existsSync(file))).toBe(true);
  expect(openSettings(env()).book.get().mouse).toBe(true);
});

test('under sudo everything is of whoever called it', () => {
  chownSync(root, 4711, 4711);
  const settings = openSettings({ ...env(), SUDO_UID: '4711', SUDO_GID: '4712' });
  settings.book.change({ mouse: true });
  expect(settings.close()).toBeUndefined();
  for (const path of [join(root, 'state'), folder, file])
    expect(lstatSync(path)).toMatchObject({ uid: 4711, gid: 4712 });
});

test('a broken file is set aside and told', () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, 'a: [\n');
  const settings = openSettings(env());
  expect(settings.warnings).toEqual([expect.stringContaining('it is now state.yaml.broken')]);
  expect(settings.book.get()).toEqual(DEFAULT_SETTINGS);
  settings.book.change({ mouse: true });
  settings.close();
  expect(readFileSync(`${file}.broken`, 'utf8')).toBe('a: [\n');
  expect(openSettings(env()).book.get().mouse).toBe(true);
});

test('somebody called sudo, and it can’t be told who: nothing is read or written in their name', () => {
  const settings = openSettings({ ...env(), SUDO_UID: '4711' });
  expect(settings.warnings).toEqual([expect.stringContaining('SUDO_GID is no group number')]);
  settings.book.change({ mouse: true });
  expect(settings.close()).toBeUndefined();
  expect(existsSync(join(root, 'state'))).toBe(false);
});

test('what can’t get its name leaves nothing behind', () => {
  mkdirSync(join(file, 'x'), { recursive: true });
  const settings = openSettings(env());
  mkdirSync(join(file, 'x'), { recursive: true });
  settings.book.change({ mouse: true });
  expect(settings.close()).toContain('settings are not kept');
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('aliases, of which a few lines may stand for more than any memory holds', () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, 'foldedPrograms: &a [x]\nfindHistory: *a\n');
  const settings = openSettings(env());
  expect(settings.warnings).toEqual([expect.stringContaining('aliases (*name) are not read here')]);
  expect(settings.book.get()).toEqual(DEFAULT_SETTINGS);
});

describe('links and foreign folders', () => {
  test('a file that is a link: what it leads to is neither read nor written', () => {
    const other = join(root, 'other');
    writeFileSync(other, 'mouse: true\n');
    mkdirSync(folder, { recursive: true });
    symlinkSync(other, file);
    const settings = openSettings(env());
    expect(settings.book.get().mouse).toBe(false);
    settings.book.change({ kernelThreads: true });
    settings.close();
    expect(readFileSync(other, 'utf8')).toBe('mouse: true\n');
    expect(lstatSync(file).isFile()).toBe(true);
  });

  test('a folder of somebody else’s is refused, once', () => {
    mkdirSync(folder, { recursive: true });
    chownSync(folder, 4711, 4711);
    const settings = openSettings(env());
    expect(settings.warnings).toEqual([expect.stringContaining('belongs to user 4711')]);
    settings.book.change({ mouse: true });
    expect(settings.close()).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('under sudo a link of the user’s into a folder of root’s', () => {
    const secret = join(root, 'secret');
    mkdirSync(secret);
    mkdirSync(join(root, 'state'));
    symlinkSync(secret, folder);
    chownSync(root, 4711, 4711);
    chownSync(join(root, 'state'), 4711, 4711);
    const settings = openSettings({ ...env(), SUDO_UID: '4711', SUDO_GID: '4711' });
    expect(settings.warnings).toEqual([expect.stringContaining('belongs to user 0')]);
    settings.book.change({ mouse: true });
    settings.close();
    expect(readdirSync(secret)).toEqual([]);
  });

  test('a link that is put there while the program runs', () => {
    const secret = join(root, 'secret');
    mkdirSync(secret);
    mkdirSync(join(root, 'state'));
    chownSync(root, 4711, 4711);
    chownSync(join(root, 'state'), 4711, 4711);
    const settings = openSettings({ ...env(), SUDO_UID: '4711', SUDO_GID: '4711' });
    expect(settings.warnings).toEqual([]);
    settings.book.change({ mouse: true });
    symlinkSync(secret, folder);
    expect(settings.close()).toContain('settings are not kept');
    expect(readdirSync(secret)).toEqual([]);
  });
});
