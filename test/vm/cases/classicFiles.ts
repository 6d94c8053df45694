/** Policies about files. A VM has all its paths for itself. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { attempt, type Scenario, type Scene } from './scenario.ts';
import { args, byBinaries, equal, filter, REFUSE, SIGKILL } from './selectors.ts';

const READ = '4';
const WRITE = '2';
/** PROT_WRITE, and MAP_SHARED. */
const [WRITABLE, SHARED] = ['2', '1'];

const WRITTEN = '/etc/trigon-vm.conf';
const isWritten = () => readFileSync(WRITTEN, 'utf8') !== 'original';

/** The deed on the file of that name, which then has its first content. */
const change = (program: string, deed: string, ...words: readonly string[]) => {
  const deedOn = attempt(program, [deed, WRITTEN, ...words]);
  return async () => {
    writeFileSync(WRITTEN, 'original');
    return deedOn();
  };
};

/** Hooks on reads and writes, on shared mappings, and on cuts, each with its action. */
const monitoring = (action: object) => ({
  kprobes: [
    {
      ...{ call: 'security_file_permission', syscall: false, return: true },
      ...{ args: args('file', 'int'), returnArg: { index: 0, type: 'int' } },
      selectors: [
        { matchArgs: [filter(0, 'Prefix', '/etc/shadow'), equal(1, READ)], ...action },
        { matchArgs: [filter(0, 'Postfix', '.bashrc'), equal(1, READ)], ...action },
        { matchArgs: [filter(0, 'Prefix', '/etc'), equal(1, WRITE)], ...action },
      ],
    },
    {
      ...{ call: 'security_mmap_file', syscall: false, return: true },
      ...{ args: args('file', 'uint32', 'uint32'), returnArg: { index: 0, type: 'int' } },
      selectors: [
        {
          matchArgs: [
            filter(0, 'Prefix', '/etc'),
            filter(1, 'Mask', WRITABLE),
            filter(2, 'Mask', SHARED),
          ],
          ...action,
        },
      ],
    },
    {
      ...{ call: 'security_path_truncate', syscall: false, return: true },
      ...{ args: args('path'), returnArg: { index: 0, type: 'int' } },
      selectors: [{ matchArgs: [filter(0, 'Prefix', '/etc')], ...action }],
    },
  ],
});

async function refusesNewName(scene: Scene, deed: 'symlinkat' | 'linkat'): Promise<void> {
  const victim = scene.victim();
  const nameOf = (target: string) => {
    const name = `/etc/${deed}-test`;
    const make = attempt(victim, [deed, target, name], () => existsSync(name));
    return async () => {
      rmSync(name, { force: true });
      return make();
    };
  };
  await scene.refuses(/^-1 1$/m, nameOf('/etc/passwd'));
  await scene.ignores(nameOf('/etc/group'));
}

export const FILE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'who touches /tmp/liz is killed',
    spec: {
      kprobes: [
        {
          ...{ call: 'fd_install', syscall: false, args: args('int', 'file') },
          selectors: [{ matchArgs: [equal(1, '/tmp/liz')], matchActions: [SIGKILL] }],
        },
      ],
    },
    async play({ victim, kills, ignores }) {
      const by = victim();
      const read = (path: string) => attempt(by, ['read', path]);
      for (const path of ['/tmp/liz', '/tmp/lizard']) writeFileSync(path, 'x');
      await kills(read('/tmp/liz'));
      await kills(attempt('/usr/bin/touch', ['/tmp/liz']));
      await ignores(read('/tmp/lizard'));
    },
  },
  {
    name: 'reads, writes, mappings and cuts of sensitive files are told of',
    spec: monitoring({}),
    example: 'quickstart/file_monitoring.yaml',
    async play({ victim, file, tells, ignores }) {
      const by = victim();
      const bashrc = file('.bashrc', 'x');
      const first = async (of: Parameters<typeof tells>[0]) => (await tells(of))[0];
      const permission = (path: string, mask: string) => ({
        ...{ call: 'security_file_permission', args: [path, Number(mask)], data: [] },
      });
      for (const path of ['/etc/shadow', bashrc])
        assert.deepEqual(await first(attempt(by, ['read', path])), permission(path, READ));
      assert.deepEqual(await first(change(by, 'write', 'more')), permission(WRITTEN, WRITE));
      assert.deepEqual(await first(change(by, 'map')), {
        ...{ call: 'security_mmap_file', args: [WRITTEN, 3, 1], data: [] },
      });
      assert.deepEqual(await first(change(by, 'truncate')), {
        ...{ call: 'security_path_truncate', args: [WRITTEN], data: [] },
      });
      await ignores(attempt(by, ['read', '/etc/group']));
      await ignores(attempt(by, ['write', file('own', ''), 'x']));
    },
  },
  {
    name: 'who writes below a protected folder is killed',
    spec: monitoring({ matchActions: [SIGKILL] }),
    example: 'quickstart/file_monitoring_enforce.yaml',
    async play({ victim, file, kills, ignores }) {
      const by = victim();
      const changed = (...words: [string, ...string[]]) => {
        const one = change(by, ...words);
        return async () => ({ ...(await one()), effect: isWritten() });
      };
      await kills(changed('write', 'more'));
      await kills(change(by, 'map'));
      await kills(change(by, 'truncate'));
      await kills(attempt(by, ['read', '/etc/shadow']));
      await ignores(attempt(by, ['read', '/etc/group']));
      await ignores(attempt(by, ['write', file('own', ''), 'x']));
    },
  },
  {
    name: 'symlinkat of /etc/passwd is refused',
    spec: {
      kprobes: [
        {
          ...{ call: 'sys_symlinkat', syscall: true, args: args('string', 'int', 'string') },
          selectors: [{ matchArgs: [equal(0, '/etc/passwd')], matchActions: [REFUSE] }],
        },
      ],
    },
    example: 'tracingpolicy/symlink-override.yaml',
    play: (scene) => refusesNewName(scene, 'symlinkat'),
  },
  {
    name: 'linkat of /etc/passwd is refused',
    spec: {
      kprobes: [
        {
          ...{ call: 'sys_linkat', syscall: true },
          args: args('int', 'string', 'int', 'string', 'int'),
          selectors: [{ matchArgs: [equal(1, '/etc/passwd')], matchActions: [REFUSE] }],
        },
      ],
    },
    example: 'tracingpolicy/hardlink-override.yaml',
    play: (scene) => refusesNewName(scene, 'linkat'),
  },
  {
    name: 'security_file_open of given files is refused to cat',
    spec: {
      kprobes: [
        {
          ...{ call: 'security_file_open', syscall: false, args: args('file') },
          selectors: [
            {
              matchArgs: [equal(0, '/tmp/secret', '/etc/shadow')],
              matchBinaries: byBinaries('/usr/bin/cat'),
              matchActions: [REFUSE],
            },
          ],
        },
      ],
    },
    async play({ refuses, ignores }) {
      writeFileSync('/tmp/secret', 'x');
      for (const path of ['/tmp/secret', '/etc/shadow'])
        await refuses(
          /Operation not permitted/,
          attempt('/usr/bin/cat', [path], ({ stdout }) => stdout !== ''),
        );
      await ignores(attempt('/usr/bin/cat', ['/etc/group']));
      await ignores(attempt('/usr/bin/head', ['/tmp/secret']));
    },
  },
  {
    name: 'security_inode_mkdir is refused',
    spec: {
      kprobes: [
        {
          ...{ call: 'security_inode_mkdir', syscall: false },
          selectors: [{ matchBinaries: byBinaries('/usr/bin/bash') }, { matchActions: [REFUSE] }],
        },
      ],
    },
    example: 'tracingpolicy/override-security.yaml',
    async play({ victim, path, refuses }) {
      const name = path('made');
      const make = attempt(victim(), ['mkdir', name], () => existsSync(name));
      await refuses(/^-1 1$/m, async () => {
        rmSync(name, { recursive: true, force: true });
        return make();
      });
    },
  },
  {
    name: 'lsm file_open of passwd and shadow by cat is told of',
    spec: {
      lsmhooks: [
        {
          ...{ hook: 'file_open', args: args('file') },
          selectors: [
            {
              matchBinaries: byBinaries('/usr/bin/cat'),
              matchArgs: [equal(0, '/etc/passwd', '/etc/shadow')],
            },
          ],
        },
      ],
    },
    example: 'tracingpolicy/lsm_file_open.yaml',
    async play({ tells, ignores }) {
      // One or two of them: an overlay opens the file below it too.
      for (const path of ['/etc/passwd', '/etc/shadow'])
        for (const opened of await tells(attempt('/usr/bin/cat', [path])))
          assert.deepEqual(opened, { call: 'file_open', args: [path], data: [] });
      await ignores(attempt('/usr/bin/head', ['/etc/passwd']));
      await ignores(attempt('/usr/bin/cat', ['/etc/group']));
    },
  },
  {
    name: 'fd_install in the PID namespace of the host is told of',
    spec: {
      kprobes: [
        {
          ...{ call: 'fd_install', syscall: false, args: args('int', 'file') },
          selectors: [
            { matchNamespaces: [{ namespace: 'Pid', operator: 'In', values: ['host_ns'] }] },
          ],
        },
      ],
    },
    example: 'tracingpolicy/fd_install_ns_host.yaml',
    async play({ victim, tells, hitsOfProgram }) {
      const opened = await tells(attempt(victim(), ['open', '/etc/group']));
      assert(opened.some(({ args: [, path] }) => path === '/etc/group'));
      const inside = victim('inside');
      const { ended } = await attempt('/usr/bin/unshare', [
        ...['--pid', '--fork', inside, 'open', '/etc/group'],
      ])();
      assert.match(ended.stdout, /^[3-9] 0$/m);
      assert.deepEqual(await hitsOfProgram(inside), []);
    },
  },
];
