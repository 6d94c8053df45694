import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SLOTS } from '../../../src/ui/theme.ts';
import {
  loadTheme,
  readTheme,
  type ThemePlaces,
  themeNames,
} from '../../../src/ui/themes/files.ts';
import { ROOT } from './samples.ts';

/** A folder whose way up is trusted: /tmp is, for it is sticky. */
let root: string;
let places: ThemePlaces;
beforeEach(() => {
  root = mkdtempSync('/tmp/tgtheme-');
  mkdirSync(join(root, 'user'));
  mkdirSync(join(root, 'system'));
  places = {
    folders: [join(root, 'user'), join(root, 'system')],
    owners: new Set([0, process.getuid?.() ?? 0]),
    shipped: join(ROOT, 'themes'),
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (folder: 'user' | 'system', name: string, text: string): string => {
  const file = join(root, folder, `${name}.yaml`);
  writeFileSync(file, text, { mode: 0o644 });
  return file;
};

/** Lists of lists, of which ten lines stand for a thousand million colours. */
const bomb = (): string => {
  const levels = Array.from({ length: 9 }, (_, at) => `&a${at + 1} [${`*a${at},`.repeat(10)}]`);
  return `extends: dark\nslots: { title: { color: [&a0 x, ${levels.join(', ')}] } }`;
};

const SHIPPED = ['colour-blind', 'dark', 'high-contrast', 'light', 'mono', 'terminal-16'];

test('these themes are ours', () => {
  expect(themeNames({ ...places, folders: [] })).toEqual(SHIPPED);
});

describe.each(SHIPPED)('%s', (name) => {
  test.each(['truecolor', '256', '16', 'none'] as const)('has every slot with %s', (depth) => {
    const theme = loadTheme(ROOT, name, depth);
    expect(Object.keys(theme).sort()).toEqual([...SLOTS].sort());
    for (const { open } of Object.values(theme)) expect(open).toMatch(/^(\x1b\[\d+(;\d+)*m)?$/);
  });

  test('has as many colours as the terminal', () => {
    const codes = (depth: '16' | '256' | 'none') =>
      Object.values(loadTheme(ROOT, name, depth))
        .map(({ open }) => open)
        .join();
    expect(codes('256')).not.toMatch(/[34]8;2;/);
    expect(codes('16')).not.toMatch(/[34]8;/);
    expect(codes('none')).not.toMatch(/[[;](3|4|9|10)\d/);
  });

  test('says in the menu what it is for', () => {
    expect(readTheme(name, places).description).toMatch(/\w/);
  });

  test('what is armed or killed stands out without any colour', () => {
    const { slots } = readTheme(name, places);
    for (const slot of ['frame.armed', 'mode.armed', 'event.killed'] as const)
      expect(slots[slot].bold).toBe(true);
  });
});

test('mono has no colours, and what is armed is inverse', () => {
  const theme = loadTheme(ROOT, 'mono');
  for (const { open } of Object.values(theme)) expect(open).toMatch(/^(\x1b\[[1247](;[1247])*m)?$/);
  for (const slot of ['frame.armed', 'mode.armed', 'event.killed'] as const)
    expect(theme[slot].open).toContain('7');
});

test('terminal-16 has only what every terminal calls its own', () => {
  expect(loadTheme(ROOT, 'terminal-16')).toEqual(loadTheme(ROOT, 'terminal-16', '16'));
});

test('the styles mean what they say', () => {
  const named = loadTheme(ROOT, 'terminal-16');
  expect(named.text.open).toBe('');
  expect(named.title.open).toBe('\x1b[36;1m');
  expect(named['event.spared'].open).toBe('\x1b[30;43m');
  expect(named['mode.armed'].open).toBe('\x1b[97;41;1m');
  expect(loadTheme(ROOT, 'dark').title.open).toBe('\x1b[38;2;95;215;215;1m');
  expect(loadTheme(ROOT, 'dark', '256').title.open).toBe('\x1b[38;5;80;1m');
  expect(loadTheme(ROOT, 'dark', '256')['mode.armed'].open).toBe('\x1b[38;5;231;48;5;124;1m');
});

describe('themes of the operator', () => {
  test('the user’s goes before the system’s, that before ours', () => {
    write('system', 'dark', 'extends: light\ndescription: of the system');
    expect(readTheme('dark', places).description).toBe('of the system');
    const file = write('user', 'dark', 'extends: light\ndescription: mine');
    expect(readTheme('dark', places)).toMatchObject({ description: 'mine', name: 'dark' });
    expect(readTheme('dark', places).files).toEqual([file, join(ROOT, 'themes', 'light.yaml')]);
  });

  test('one that changes some slots of another', () => {
    write(
      'user',
      'mine',
      "extends: dark\nslots:\n  title: { color: '#010203' }\n  text.dim: { color: 200 }",
    );
    const mine = readTheme('mine', places).slots;
    const dark = readTheme('dark', places).slots;
    expect(mine.title).toEqual({ color: { kind: 'rgb', rgb: [1, 2, 3] } });
    expect(mine['text.dim']).toEqual({ color: { kind: 'palette', index: 200 } });
    expect(mine['mode.armed']).toEqual(dark['mode.armed']);
  });

  test('one that changes the one of its own name means ours', () => {
    write('user', 'dark', 'extends: dark\nslots: { title: { bold: true } }');
    expect(readTheme('dark', places).slots.title).toEqual({ bold: true });
  });

  test('a file that is named', () => {
    const file = write('user', 'elsewhere', 'extends: mono');
    rmSync(file);
    writeFileSync(join(root, 'x.yaml'), 'extends: mono\ndescription: named');
    expect(readTheme(join(root, 'x.yaml'), places).description).toBe('named');
  });

  test('the whole screen is painted where the theme says so', () => {
    write(
      'user',
      'paper',
      "extends: light\nbackground: '#ffffff'\npaint: true\nslots: { text: { color: '#000000' } }",
    );
    expect(readTheme('paper', places).base).toEqual({
      color: { kind: 'rgb', rgb: [0, 0, 0] },
      background: { kind: 'rgb', rgb: [255, 255, 255] },
    });
    expect(readTheme('light', places).base).toBeUndefined();
    expect(readTheme('high-contrast', places).base).toBeDefined();
  });

  test('others than its owner can write it: it is not read, and the remedy is told', () => {
    chmodSync(write('user', 'open', 'extends: dark'), 0o666);
    expect(() => readTheme('open', places)).toThrow(/open\.yaml is not loaded: .*chmod go-w/);
    // Whoever names a file vouches for it, but not for what others make of it afterwards.
    const file = join(root, 'user', 'open.yaml');
    expect(readTheme(file, places).name).toBe(file);
    expect(() => readTheme(file, places, true)).toThrow(/chmod go-w/);
  });

  test('somebody else’s is not read', () => {
    chownSync(write('user', 'foreign', 'extends: dark'), 12345, 12345);
    expect(() => readTheme('foreign', places)).toThrow(/belongs to user 12345/);
  });
});

describe('a bad file', () => {
  const slots = (): Record<string, unknown> => {
    const dark = load(readFileSync(join(ROOT, 'themes', 'dark.yaml'), 'utf8'));
    return (dark as { slots: Record<string, unknown> }).slots;
  };
  const change = (slot: string, value: unknown): string =>
    JSON.stringify({ name: 'bad', slots: { ...slots(), [slot]: value } });

  test.each<[string, () => string, RegExp]>([
    [
      'a slot is missing',
      () => change('mode.armed', undefined),
      /bad\.yaml: slot mode\.armed missing/,
    ],
    [
      'an unknown slot',
      () => change('mode.armd', {}),
      /unknown slot mode\.armd; did you mean mode\.armed\?/,
    ],
    [
      'a slot like no other',
      () => change('wallpaper', {}),
      /unknown slot wallpaper; there are text, text\.dim/,
    ],
    [
      'an unknown field',
      () => 'extend: dark',
      /bad\.yaml: unknown field extend; did you mean extends\?/,
    ],
    [
      'an unknown colour',
      () => change('title', { color: 'mauve' }),
      /bad\.yaml: title: color: "mauve" is no colour; a colour is '#rrggbb'/,
    ],
    [
      'no colour either',
      () => change('title', { color: 'constructor' }),
      /"constructor" is no colour/,
    ],
    ['half a colour', () => change('title', { color: '#12345' }), /"#12345" is no colour/],
    ['too large a number', () => change('title', { color: 256 }), /"256" is no colour/],
    [
      'a colour that YAML took for a comment',
      () => 'extends: dark\nslots:\n  title:\n    color: #ff0000',
      /title: color: "null" is no colour.*in quotes/,
    ],
    [
      'an unknown attribute',
      () => change('title', { blink: true }),
      /title: unknown attribute blink; there are color, background, bold/,
    ],
    [
      'a wrong value',
      () => change('title', { bold: 'yes' }),
      /bad\.yaml: title: bold must be true or false/,
    ],
    ['no mapping', () => change('title', 'red'), /bad\.yaml: title must be a mapping/],
    ['a list', () => '[]', /bad\.yaml must be a mapping/],
    ['no slots', () => 'name: bad', /bad\.yaml: slots must be a mapping/],
    ['no YAML', () => 'slots:\n  title: {', /^\S+bad\.yaml: .*\(2:11\)$/],
    [
      'extends nothing that there is',
      () => 'extends: darck',
      /bad\.yaml: extends: there is no theme darck/,
    ],
    ['extends itself', () => 'extends: bad', /extends: there is no theme bad/],
    ['extends a path', () => 'extends: ../system/x', /there is no theme \.\.\/system\/x/],
    [
      'paints without a background',
      () => 'extends: terminal-16\npaint: true',
      /paint: needs a background/,
    ],
    ['a list for a colour', () => change('title', { color: [1] }), /color: this is no colour/],
    [
      'a colour of many letters',
      () => change('title', { color: 'x'.repeat(5000) }),
      /color: "x{40}…" is no colour/,
    ],
    ['aliases', () => bomb(), /bad\.yaml: aliases \(\*name\) are not read here/],
    ['nested too deep', () => '['.repeat(60_000), /bad\.yaml: /],
    ['too long', () => `# ${'x'.repeat(70_000)}`, /bad\.yaml is too long/],
  ])('%s', (_what, text, message) => {
    write('user', 'bad', text());
    expect(() => readTheme('bad', places)).toThrow(message);
  });

  test('a socket is found to be none without being opened, which would say ENXIO', async () => {
    const server = createServer().listen(join(root, 'user', 'socket.yaml'));
    await once(server, 'listening');
    try {
      expect(() => readTheme('socket', places)).toThrow(/it is no ordinary file/);
    } finally {
      server.close();
    }
  });

  test('two that extend each other', () => {
    write('user', 'one', 'extends: two');
    write('user', 'two', 'extends: one');
    expect(() => readTheme('one', places)).toThrow(/leads back to itself|there is no theme one/);
  });

  test('a folder, a loose link, no file', () => {
    mkdirSync(join(root, 'user', 'folder.yaml'));
    symlinkSync('/nowhere', join(root, 'user', 'loose.yaml'));
    expect(() => readTheme('folder', places)).toThrow(
      /folder\.yaml can not be read: it is no ordinary file/,
    );
    expect(() => readTheme('loose', places)).toThrow(/loose\.yaml can not be read/);
    expect(() => readTheme('none', places)).toThrow(/there is no theme none/);
    expect(() => readTheme('./none.yaml', places)).toThrow(/none\.yaml can not be read/);
  });
});
