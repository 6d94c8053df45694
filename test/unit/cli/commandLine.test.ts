import { describe, expect, test } from 'vitest';
import { DEFAULT_FUSE } from '../../../src/agent/messages.ts';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';
import { OPTIONS } from '../../../src/cli/options.ts';
import { UsageError } from '../../../src/cli/optionValues.ts';
import type { PolicyCommandOptions } from '../../../src/cli/policyCommandLine.ts';

function policy(...words: string[]): PolicyCommandOptions {
  const command = parseCommandLine(['policy', ...words]);
  if (command.name !== 'policy') throw new Error(command.name);
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

const ANY = { socket: undefined, pid: undefined };
const ARMING = { seconds: 600, add: 'none', fuse: DEFAULT_FUSE, yes: false };

describe('help', () => {
  const help = (...words: string[]) => {
    const command = parseCommandLine(words);
    if (command.name !== 'help') throw new Error(command.name);
    return command.text;
  };

  test.each([[['--help']], [['-h']], [['help']]])('%j: fits on a screen', (words) => {
    const lines = help(...words).split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    for (const name of ['events', 'agent', 'attach', 'replay', 'policy', 'lab', 'doctor'])
      expect(help(...words)).toContain(`  trigon ${name} `);
  });

  test.each([[['--help', '--all']], [['policy', '--help']]])('%j: all commands', (words) => {
    expect(help(...words)).toContain('Commands of "policy"');
  });

  test('of one command: its own options and no others', () => {
    expect(help('events', '--help')).toContain('--event-types');
    expect(help('events', '-o', 'json', '--help')).not.toContain('--theme');
    expect(help('policy', 'check', '--help')).toContain('policy check NAME|FILE…');
    expect(help('policy', 'check', '--help')).not.toContain('--kill');
    expect(help('policy', 'new', '-h')).toContain('--kill');
    expect(help('help', 'events')).toBe(help('events', '--help'));
  });

  test('of a command that there is not', () => {
    expect(mistake('polcy', '--help')).toContain('did you mean "policy"');
    expect(mistake('config', 'chek')).toContain('did you mean "config check"?');
  });
});

describe('policy commands', () => {
  test('test: names and paths, or all', () => {
    const standard = { command: 'test', all: false, output: 'text', variables: {} };
    expect(policy('test', 'etc-writes', './a.yaml')).toEqual({
      ...standard,
      words: ['etc-writes', './a.yaml'],
    });
    expect(policy('test', '--all', '-o', 'json', '--set', 'A=1')).toEqual({
      ...standard,
      words: [],
      all: true,
      output: 'json',
      variables: { A: '1' },
    });
    expect(mistake('policy', 'test')).toContain('it is "trigon policy test NAME…|--all"');
    expect(mistake('policy', 'test', '--all', 'x')).toContain('leave out the names');
    expect(mistake('policy', 'check', '--all')).toContain('"trigon policy test"');
  });

  test('check, explain and fill: names or files, variables, output', () => {
    expect(policy('check', 'a.yaml', 'b/', '-o', 'json', '--set', 'A=1,2', '--set', 'B=')).toEqual({
      command: 'check',
      words: ['a.yaml', 'b/'],
      output: 'json',
      variables: { A: '1,2', B: '' },
    });
    expect(policy('explain', '--set=A=x=y', 'a.yaml')).toEqual({
      command: 'explain',
      words: ['a.yaml'],
      variables: { A: 'x=y' },
    });
    expect(policy('fill', 'etc-writes', '--set', 'A=1')).toEqual({
      command: 'fill',
      words: ['etc-writes'],
      variables: { A: '1' },
    });
    expect(mistake('policy', 'fill')).toContain('it is "trigon policy fill NAME|FILE…"');
    expect(mistake('policy', 'fill', 'etc-writes', '-o', 'json')).toContain('--output');
  });

  test('a file that begins with a dash comes behind --; "-" is standard input', () => {
    expect(policy('check', '--', '-x.yaml')).toMatchObject({ words: ['-x.yaml'] });
    expect(policy('check', '-')).toMatchObject({ words: ['-'] });
  });

  test('list, show, rm: which Trigon, which policies', () => {
    expect(policy('list')).toEqual({ command: 'list', instance: ANY, output: 'text' });
    expect(policy('list', '--pid', '12')).toMatchObject({ instance: { ...ANY, pid: 12 } });
    expect(policy('show', '3', 'etc', '--socket', '/s')).toEqual({
      command: 'show',
      instance: { socket: '/s', pid: undefined },
      policies: ['3', 'etc'],
      output: 'text',
    });
    expect(policy('rm', '3')).toEqual({ command: 'rm', instance: ANY, policies: ['3'] });
  });

  test('mode: arming has its own options', () => {
    expect(policy('mode', 'etc', 'off')).toEqual({
      command: 'mode',
      instance: ANY,
      policy: 'etc',
      mode: 'off',
      arming: ARMING,
    });
    expect(policy('mode', 'etc', 'enforce', '--for', '1.5h', '--fuse', '5/1m', '-y')).toMatchObject(
      {
        mode: 'enforce',
        arming: { seconds: 5400, add: 'none', fuse: { limit: 5, seconds: 60 }, yes: true },
      },
    );
    expect(policy('mode', 'etc', 'enforce', '--add-deny')).toMatchObject({
      arming: { add: 'deny' },
    });
    expect(policy('mode', 'etc', 'enforce', '--for', 'until-quit', '--add-kill')).toMatchObject({
      arming: { seconds: undefined, add: 'kill' },
    });
  });

  test('add: monitor unless it is said otherwise', () => {
    expect(policy('add', 'a.yaml')).toEqual({
      command: 'add',
      instance: ANY,
      files: ['a.yaml'],
      mode: 'monitor',
      arming: ARMING,
      variables: {},
    });
    expect(policy('add', 'a.yaml', '--mode', 'enforce', '--yes')).toMatchObject({
      mode: 'enforce',
      arming: { yes: true },
    });
  });

  test('new: its options mean something else than those of events with the same names', () => {
    expect(
      policy(
        'new',
        '--path',
        '/a,b',
        '--path',
        '/c/',
        '--write',
        '--binary',
        '/usr/bin/x',
        '--user',
        '!root',
      ),
    ).toMatchObject({
      command: 'new',
      out: undefined,
      wish: {
        paths: ['/a,b', '/c/'],
        write: true,
        read: false,
        binaries: ['/usr/bin/x'],
        users: ['!root'],
      },
    });
    expect(policy('new', '--syscall', 'ptrace', '--return', '-1', '--arg', '0=16')).toMatchObject({
      wish: { syscalls: ['ptrace'], returns: '-1', args: ['0=16'] },
    });
    expect(policy('new', '--connect', '--port', '80,443')).toMatchObject({
      wish: { ports: ['80', '443'] },
    });
  });
});

describe('options of monitor and events for policies', () => {
  test('variables: --set before the environment', () => {
    process.env.TRIGON_TEST_VALUE = 'environment';
    expect(parseCommandLine(['events', '--set', 'A=1'])).toMatchObject({
      options: {
        variables: { A: '1', TRIGON_TEST_VALUE: 'environment' },
        allowNetworkActions: false,
        socket: undefined,
      },
    });
    const over = parseCommandLine(['events', '--set', 'TRIGON_TEST_VALUE=set']);
    expect(over).toMatchObject({ options: { variables: { TRIGON_TEST_VALUE: 'set' } } });
    delete process.env.TRIGON_TEST_VALUE;
  });

  test('--allow-network-actions and --socket', () => {
    expect(parseCommandLine(['events', '--allow-network-actions', '--socket', '/s'])).toMatchObject(
      { options: { allowNetworkActions: true, socket: '/s' } },
    );
  });
});

describe('limits', () => {
  const options = (...words: string[]) => parseCommandLine(words);

  test('none unless they are asked for', () => {
    expect(options('events')).toMatchObject({
      options: { cgroupRate: undefined, perMinute: undefined },
    });
  });

  test.each([
    ['1000,1s', { events: 1000, intervalMs: 1000 }],
    ['1,500ms', { events: 1, intervalMs: 500 }],
    ['7,2', { events: 7, intervalMs: 2000 }],
  ])('--cgroup-rate %s', (text, cgroupRate) => {
    expect(options('events', '--cgroup-rate', text)).toMatchObject({ options: { cgroupRate } });
    expect(options('events', `--cgroup-rate=${text}`)).toMatchObject({ options: { cgroupRate } });
  });

  test.each([
    ['65536', 1 << 20],
    ['512K', 1 << 20],
    ['1m', 1 << 20],
    ['33M', 64 << 20],
    ['64M', 64 << 20],
    ['1G', 1 << 30],
  ])('--rb-size-total %s', (text, ringBytes) => {
    expect(options('events', '--rb-size-total', text)).toMatchObject({ options: { ringBytes } });
  });

  test('--rb-size-total is 16 MiB unless it is given', () => {
    expect(options('agent')).toMatchObject({ options: { ringBytes: 16 << 20 } });
  });

  test.each([
    ['-1', undefined],
    ['0', 0],
    ['600', 600],
  ])('--export-rate-limit %s', (text, perMinute) => {
    const separate = options('events', '--export-rate-limit', text);
    expect(separate).toMatchObject({ options: { perMinute } });
    const joined = options('events', `--export-rate-limit=${text}`);
    expect(joined).toMatchObject({ options: { perMinute } });
  });
});

describe('mistakes', () => {
  test.each([
    [
      ['policy'],
      'policy what? There are: check, explain, fill, new, test, add, list, show, mode, rm',
    ],
    [['policy', 'chek'], 'unknown command "policy chek"; did you mean "policy check"?'],
    [['policy', 'remove'], 'unknown command "policy remove"; there are: check,'],
    [['polcy'], 'unknown command "polcy"; did you mean "policy"?'],
    [['event'], 'unknown command "event"; did you mean "events"?'],
    [
      ['frobnicate'],
      'unknown command "frobnicate"; there are: events, agent, attach, replay, policy, lab, doctor',
    ],
    [['policy', 'check'], 'it is "trigon policy check NAME|FILE…"'],
    [['policy', 'show'], 'it is "trigon policy show POLICY…"'],
    [['policy', 'mode', 'x'], 'it is "trigon policy mode POLICY MODE"'],
    [['--enforce', '--read-only'], '--enforce arms policies, and --read-only forbids it'],
    [['policy', 'mode', 'x', 'armed'], 'MODE must be off or monitor or enforce, not "armed"'],
    [['policy', 'mode', 'x', 'off', 'y'], '"y" is one word too many'],
    [['policy', 'list', 'x'], '"x" is one word too many'],
    [['policy', 'new', 'x'], '"x" is one word too many'],
    [['policy', 'check', 'f', '--set', 'A'], '--set must be NAME=VALUE, not "A"'],
    [['policy', 'check', 'f', '--set', '1A=2'], '--set must be NAME=VALUE'],
    [['policy', 'check', 'f', '-o', 'yaml'], '--output must be text or json'],
    [
      ['policy', 'check', 'f', '--yes'],
      '--yes is an option of "trigon policy add" and "trigon policy mode"',
    ],
    [
      ['policy', 'check', 'f', '--enforce'],
      '--enforce is an option of the screen and "trigon events"',
    ],
    [
      ['policy', 'mode', 'x', 'monitor', '--yes'],
      '--for, --fuse, --add-kill, --add-deny and --yes are for mode enforce',
    ],
    [
      ['policy', 'mode', 'x', 'enforce', '--add-kill', '--add-deny'],
      '--add-kill and --add-deny: give one of them',
    ],
    [['policy', 'add', 'f', '--for', '1m'], 'are for mode enforce'],
    [['policy', 'mode', 'x', 'enforce', '--for', 'ever'], '--for must be a time'],
    [
      ['policy', 'mode', 'x', 'enforce', '--for', '1ms'],
      '--for must be a time from 1s, or until-quit',
    ],
    [['policy', 'mode', 'x', 'enforce', '--fuse', '20'], '--fuse must be a number and a time'],
    [['policy', 'mode', 'x', 'enforce', '--fuse', '0/10s'], '--fuse must be a number and a time'],
    [['policy', 'list', '--pid', '1', '--pid', '2'], '--pid is given twice'],
    [['policy', 'list', '--pid', 'x'], '--pid must be a whole number'],
    [['policy', 'list', '--pid', '1', '--socket', '/s'], '--socket and --pid both say which'],
    [['events', '--cgroup-rate', '10'], '--cgroup-rate must be EVENTS,INTERVAL such as 1000,1s'],
    [['events', '--cgroup-rate', '10,1s,2'], '--cgroup-rate must be EVENTS,INTERVAL'],
    [['events', '--cgroup-rate', '0,1s'], '--cgroup-rate must be a whole number from 1, not "0"'],
    [['events', '--cgroup-rate', '9999999999,1s'], 'must be at most 4294967295 events'],
    [['events', '--cgroup-rate', '10,soon'], '--cgroup-rate must be a time such as 30s'],
    [['events', '--cgroup-rate', '10,0s'], 'must have an interval from 1ms to 24h, not "0s"'],
    [['events', '--rb-size-total', '0'], '--rb-size-total must be a size such as 64M'],
    [['events', '--rb-size-total', '2G'], 'at most 1G, not "2G"'],
    [['events', '--rb-size-total', 'much'], 'must be a size such as 64M, at most 1G, not "much"'],
    [['events', '--export-rate-limit', '-2'], '--export-rate-limit must be events a minute'],
    [['events', '--export-rate-limit', 'few'], '0 for none or -1 for no limit, not "few"'],
    [['policy', 'new', '--pat', '/x'], 'unknown option --pat; did you mean --path?'],
    [['policy', 'new', '--return'], '--return needs a number'],
    [['policy', 'new', '--path', '--write'], '--path needs a path'],
  ])('%j', (words, message) => {
    expect(mistake(...words)).toContain(message);
  });
});

test('options that share a name take the same kind of value, and belong to different commands', () => {
  for (const option of OPTIONS) {
    for (const other of OPTIONS.filter((one) => one !== option && one.name === option.name)) {
      expect(other.value === undefined, option.name).toBe(option.value === undefined);
      expect(other.short, option.name).toBe(option.short);
      const shared = other.commands.filter((command) => option.commands.includes(command));
      expect(shared, option.name).toEqual([]);
    }
  }
});

describe('trigon events --enable-ancestors', () => {
  const ancestors = (...words: string[]) => {
    const command = parseCommandLine(['events', ...words]);
    if (command.name !== 'events') throw new Error(command.name);
    return command.options.detail.ancestors;
  };

  test('kinds of events by Tetragon’s words', () => {
    expect(ancestors()).toEqual([]);
    expect(ancestors('--enable-ancestors', 'base,kprobe', '--enable-ancestors', 'lsm')).toEqual([
      ...['process_exec', 'process_exit', 'process_kprobe', 'process_lsm'],
    ]);
  });

  test('mistakes', () => {
    expect(mistake('events', '--enable-ancestors', 'kprobe')).toContain('need base');
    expect(mistake('events', '--enable-ancestors', 'base,exec')).toContain('unknown kind "exec"');
    expect(mistake('events', '--enable-ancestors')).toContain('needs kinds of events');
  });
});
