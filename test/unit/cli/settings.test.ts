import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Command, mistakesIn, parseCommandLine } from '../../../src/cli/commandLine.ts';
import { readConfig } from '../../../src/cli/config.ts';
import { settle } from '../../../src/cli/configLayers.ts';
import { configSchema } from '../../../src/cli/configSchema.ts';
import { readConfigText } from '../../../src/cli/configText.ts';
import { OPTIONS } from '../../../src/cli/options.ts';
import { UsageError } from '../../../src/cli/optionValues.ts';
import { tetragonOption } from '../../../src/cli/tetragonOptions.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'trigon-settings-'));
  mkdirSync(join(root, 'trigon'));
  vi.stubEnv('XDG_CONFIG_HOME', root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const write = (text: string) => writeFileSync(join(root, 'trigon', 'config.yaml'), text);

function events(...words: string[]) {
  const command: Command = parseCommandLine(['events', ...words]);
  if (command.name !== 'events') throw new Error(command.name);
  return command.options;
}

function mistake(...words: string[]): string {
  try {
    parseCommandLine(words);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('no mistake found');
}

describe('what goes before what', () => {
  test('command line, environment, own section, file', () => {
    write('node: from-file\nevents:\n  node: from-section\n');
    expect(events('--config', 'none').node).not.toContain('from-');
    expect(events().node).toBe('from-section');
    vi.stubEnv('TRIGON_NODE', 'from-environment');
    expect(events().node).toBe('from-environment');
    expect(events('--node', 'given').node).toBe('given');
  });

  test("another command's section says nothing", () => {
    write('agent: {node: of-agent}\n');
    expect(events().node).not.toBe('of-agent');
  });

  test('a folder goes before files, and after the environment', () => {
    write('node: from-file\n');
    const folder = join(root, 'conf.d');
    mkdirSync(folder);
    writeFileSync(join(folder, 'node'), 'from-folder\n');
    expect(events('--config-dir', folder).node).toBe('from-folder');
    vi.stubEnv('TRIGON_NODE', 'from-environment');
    expect(events('--config-dir', folder).node).toBe('from-environment');
  });

  test('a switch that a file turns on is turned off on the command line', () => {
    write('timestamps: true\n');
    expect(events().timestamps).toBe(true);
    expect(events('--no-timestamps').timestamps).toBe(false);
  });

  test('lists: of the file as a list or with commas, replaced as a whole', () => {
    write('event-types: [exec, exit]\n');
    expect(events().selection.kinds).toEqual(['process_exec', 'process_exit']);
    write('event-types: exec,exit\n');
    expect(events().selection.kinds).toEqual(['process_exec', 'process_exit']);
    expect(events('-e', 'kprobe').selection.kinds).toEqual(['process_kprobe']);
  });
});

describe('mistakes', () => {
  test('a value that an option does not take: with file and line', () => {
    write('\noutput: xml\n');
    expect(mistake('events')).toMatch(
      /^--output must be compact or json, not "xml" \(.*config\.yaml:2; --config none reads no file\)$/,
    );
    expect(events('--output', 'json').output).toBe('json');
  });

  test.each([
    ['timestamps: 3', ':1: timestamps: true or false is wanted; not used'],
    ['node: [a, b]', ':1: node: one value is wanted; not used'],
    ['node: {a: b}', ':1: node: a value is wanted, no mapping; not used'],
    ['count: 3', ':1: count: not used: it is for the command line alone'],
    ['bpf-lib: /x', ':1: bpf-lib: not used: the kernel tells its types itself (BTF)'],
    ['events: 3', ':1: events: options and their values are wanted'],
    ['exprot: /x', ':1: there is no option "exprot"; did you mean "export"?'],
  ])('%s', (text, warning) => {
    expect(readConfigText(text, 'c.yaml').warnings).toEqual([`c.yaml${warning}`]);
  });

  test('they are told to commands without a screen', () => {
    write('nodee: x\n');
    const told: string[] = [];
    parseCommandLine(['events'], (text) => told.push(text));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('did you mean "node"?');
  });

  test('arming is not had from an environment or a file of the user', () => {
    write('enforce: true\n');
    vi.stubEnv('TRIGON_ENFORCE', '1');
    expect(events().enforce).toBe(false);
    const { warnings } = readConfig(undefined);
    expect(warnings.filter((text) => text.includes('it arms policies'))).toHaveLength(2);
    expect(events('--enforce').enforce).toBe(true);
  });

  test('a switch in the environment', () => {
    vi.stubEnv('TRIGON_TIMESTAMPS', 'maybe');
    expect(readConfig(undefined).warnings[0]).toContain('TRIGON_TIMESTAMPS: true or false');
    vi.stubEnv('TRIGON_TIMESTAMPS', 'yes');
    expect(events().timestamps).toBe(true);
  });
});

describe('under sudo', () => {
  test('a file of the user may only say how things look', () => {
    write('fps: 5\nexport: /etc/profile.d/x.sh\nserver-address: unix:///etc/shadow\n');
    for (const path of ['', 'trigon', join('trigon', 'config.yaml')])
      chownSync(join(root, path), 4711, 4711);
    const env = { XDG_CONFIG_HOME: root, SUDO_UID: '4711', SUDO_GID: '4711' };
    expect(settle(readConfig(undefined, env).layers, 'monitor').get('fps')?.value).toBe('5');
    const { layers, warnings } = readConfig(undefined, env);
    const settled = settle(layers, 'agent');
    expect(settled.has('export')).toBe(false);
    expect(settled.has('server-address')).toBe(false);
    expect(warnings.filter((text) => text.includes('under sudo only root says it'))).toHaveLength(
      2,
    );
  });

  test("without sudo it is root's own", () => {
    write('export: /var/log/x.json\n');
    const { layers } = readConfig(undefined, { XDG_CONFIG_HOME: root });
    expect(settle(layers, 'agent').get('export')?.value).toBe('/var/log/x.json');
  });
});

describe('config check', () => {
  const mistakes = async (text: string) => {
    const file = join(root, 'checked.yaml');
    writeFileSync(file, text, { mode: 0o600 });
    return (await mistakesIn(readConfig(file))).join('\n');
  };

  test.each([
    ['fps: banana', '--fps must be a whole number', ':1'],
    ['agent:\n  enable-ancestors: [exec]', 'unknown kind "exec"', ':2'],
    ['metrics-server: nowhere', '--metrics-server', ':1'],
    ['export: /tmp/x\nexport-allowlist: "{bad"', '--export-allowlist', ':2'],
  ])('%j', async (text, words, line) => {
    const found = await mistakes(text);
    expect(found).toContain(words);
    expect(found).toContain(`checked.yaml${line}`);
  });

  test('nothing is wrong', async () => {
    expect(await mistakes('fps: 5\nagent:\n  node: x\n')).toBe('');
  });
});

describe("Tetragon's configuration", () => {
  const folderOf = (files: Readonly<Record<string, string>>) => {
    const folder = join(root, 'tetragon.conf.d');
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };

  test('its folder: names that differ, names without a meaning, links as Kubernetes makes them', () => {
    const folder = folderOf({
      'export-filename': '/var/log/x.log\n',
      'enable-process-cred': 'true\n',
      'cluster-name': '',
      'bpf-lib': '/var/lib/tetragon/',
      'no-such-thing': '1',
    });
    mkdirSync(join(folder, '..data'));
    writeFileSync(join(folder, '..data', 'node'), 'linked');
    symlinkSync(join('..data', 'node'), join(folder, 'node'));
    const { layers, warnings } = readConfig('none', {}, folder);
    const settled = settle(layers, 'agent');
    expect(settled.get('export')?.value).toBe('/var/log/x.log');
    expect(settled.get('enable-process-cred')?.value).toBe(true);
    expect(settled.get('node')?.value).toBe('linked');
    expect(warnings).toHaveLength(3);
    expect(warnings.join()).toContain('there is no option "no-such-thing"');
  });

  test('one that others can write is not read', () => {
    const folder = folderOf({ node: 'evil' });
    chmodSync(join(folder, 'node'), 0o666);
    const { layers, warnings } = readConfig('none', {}, folder);
    expect(settle(layers, 'agent').has('node')).toBe(false);
    expect(warnings[0]).toContain('others than its owner can write');
  });

  test('its own address on the loopback is not served, and the rest works', () => {
    const folder = folderOf({ 'server-address': 'localhost:54321' });
    const told: string[] = [];
    const command = parseCommandLine(
      ['agent', '--config', 'none', '--config-dir', folder],
      (text) => told.push(text),
    );
    if (command.name !== 'agent') throw new Error(command.name);
    expect(command.options.services.grpc?.address).toBe('unix:///run/trigon/tetragon.sock');
    expect(told.join()).toContain('any user of this host could load policies');
    expect(mistake('agent', '--config', 'none', '--server-address', 'localhost:54321')).toContain(
      '--server-tls-cert-file',
    );
  });

  test('arming is not had from a folder', () => {
    const folder = folderOf({ enforce: 'true' });
    const { layers, warnings } = readConfig('none', {}, folder);
    expect(settle(layers, 'agent').has('enforce')).toBe(false);
    expect(warnings[0]).toContain('it arms policies');
  });

  test('a folder that is not there', () => {
    expect(mistake('agent', '--config-dir', '/nonexistent/x')).toContain('--config-dir');
  });

  test('no option is both ours and without a meaning', () => {
    for (const { name, aliases = [] } of OPTIONS)
      for (const one of [name, ...aliases]) expect(tetragonOption(one)).toBeUndefined();
  });
});

test('the schema knows every option that a file may have, and nothing else', () => {
  const schema = JSON.stringify(configSchema());
  for (const name of ['"export"', '"fps"', '"keys"', '"agent"', '"stream.pause"'])
    expect(schema).toContain(name);
  for (const name of ['"duration"', '"config"', '"yes"']) expect(schema).not.toContain(name);
});
