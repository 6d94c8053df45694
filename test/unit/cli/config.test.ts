import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';
import { bindingsOf, readConfigText } from '../../../src/cli/configText.ts';
import { UsageError } from '../../../src/cli/optionValues.ts';

const warningsOf = (text: string) => bindingsOf([readConfigText(text, 'c.yaml')]).warnings;

describe('what a file says', () => {
  test('a key, a list, none', () => {
    const text =
      'keys:\n  view.zoom: f11\n  stream.pause: [ctrl+p, 7]\n  row.columns: []\n  row.tag:\n';
    const { keys, warnings } = bindingsOf([readConfigText(text, 'c.yaml')]);
    expect(warnings).toEqual([]);
    expect(Object.fromEntries(keys)).toEqual({
      'view.zoom': ['f11'],
      'stream.pause': ['ctrl+p', '7'],
      'row.columns': [],
      'row.tag': [],
    });
  });

  test('an empty file, and one without keys', () => {
    expect(warningsOf('')).toEqual([]);
    expect(warningsOf('# nothing\n')).toEqual([]);
    expect(warningsOf('keys:\n')).toEqual([]);
  });

  test('each mistake with its line; the rest is used', () => {
    const text =
      'colours: blue\nkeys:\n  view.zom: x\n  view.zoom: [f11,\n    nokey]\n  app.quit: []\n  row.tag: {a: b}\n';
    const { keys, warnings } = bindingsOf([readConfigText(text, 'c.yaml')]);
    expect(keys.get('view.zoom')).toEqual(['f11']);
    expect(warnings).toEqual([
      'c.yaml:1: there is no option "colours"; did you mean "colors"?',
      'c.yaml:7: keys: row.tag: a key is wanted, or a list as in [a, ctrl+b]',
      'c.yaml:3: keys: there is no command "view.zom"; did you mean "view.zoom"?',
      'c.yaml:5: keys: "nokey" is no key; keys are written as ctrl+l, shift+tab, space, f9 or G',
      "c.yaml:6: keys: app.quit can't be without a key",
    ]);
  });

  test('a section that was meant', () => {
    expect(warningsOf('key: {}\n')[0]).toContain('did you mean "keys"?');
  });

  test('no YAML, another kind of it, a key twice', () => {
    expect(warningsOf('keys: [\n')[0]).toMatch(/^c\.yaml:\d: .*nothing of it is used$/);
    expect(warningsOf('- a\n')).toEqual([
      'c.yaml:1: options are wanted, such as "fps: 5", or "keys:"',
    ]);
    expect(warningsOf('keys: 7\n')).toEqual([
      'c.yaml:1: keys: a command and its keys a line are wanted',
    ]);
    expect(warningsOf('keys:\n  row.tag: a\n  row.tag: b\n')[0]).toContain('c.yaml:3');
  });

  test('the later file replaces what the earlier one says of a command', () => {
    const { keys, warnings } = bindingsOf([
      readConfigText('keys: {view.zoom: nokey, stream.pause: f11}', 'a.yaml'),
      readConfigText('keys: {view.zoom: f12}', 'b.yaml'),
    ]);
    expect(warnings).toEqual([]);
    expect(keys.get('view.zoom')).toEqual(['f12']);
    expect(keys.get('stream.pause')).toEqual(['f11']);
  });
});

describe('files', () => {
  let root = '';
  let file = '';
  const env = () => ({ XDG_CONFIG_HOME: root });

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'trigon-config-'));
    file = join(root, 'trigon', 'config.yaml');
    mkdirSync(dirname(file));
  });
  beforeEach(() => writeFileSync(file, 'keys: {view.zoom: f11}\n', { mode: 0o600 }));
  afterAll(() => rmSync(root, { recursive: true }));

  test('the user’s, another, none', () => {
    expect(readConfig(undefined, env()).keys.get('view.zoom')).toEqual(['f11']);
    expect(readConfig('none', env()).keys.size).toBe(0);
    const other = join(root, 'other.yaml');
    writeFileSync(other, 'keys: {view.zoom: f12}\n');
    expect(readConfig(other, env()).keys.get('view.zoom')).toEqual(['f12']);
  });

  test('one that was asked for must be there; the usual ones need not', () => {
    expect(() => readConfig(join(root, 'absent.yaml'), env())).toThrow(UsageError);
    expect(readConfig(undefined, { XDG_CONFIG_HOME: join(root, 'absent') }).warnings).toEqual([]);
  });

  test('one that somebody else can write is not read', () => {
    chmodSync(file, 0o666);
    const { keys, warnings } = readConfig(undefined, env());
    expect(keys.size).toBe(0);
    expect(warnings).toEqual([
      expect.stringMatching(/config\.yaml: it is not loaded: others .* chmod/),
    ]);
    chmodSync(file, 0o600);
    chownSync(file, 4711, 4711);
    expect(readConfig(undefined, env()).warnings[0]).toContain('belongs to user 4711');
    // But whoever called sudo may have it.
    const sudo = { ...env(), SUDO_UID: '4711', SUDO_GID: '4711' };
    chownSync(root, 4711, 4711);
    expect(readConfig(undefined, sudo).keys.get('view.zoom')).toEqual(['f11']);
    chownSync(root, 0, 0);
  });

  test('what the user who called sudo may not read isn’t read, nor told of', () => {
    const sudo = { ...env(), SUDO_UID: '4711', SUDO_GID: '4711' };
    const { keys, warnings } = readConfig(undefined, sudo);
    expect([keys.size, warnings]).toEqual([0, [expect.stringMatching(/config\.yaml: EACCES/)]]);
    const { warnings: without } = readConfig(undefined, { ...env(), SUDO_UID: '4711' });
    expect(without).toEqual([expect.stringContaining('SUDO_GID is no group number')]);
  });

  test('a folder in its place, and what is no file', () => {
    rmSync(file);
    mkdirSync(file);
    expect(readConfig(undefined, env()).warnings[0]).toContain('it is no ordinary file');
    rmSync(file, { recursive: true });
    expect(() => readConfig('/dev/zero', env())).toThrow(/others than its owner can write/);
  });
});
