import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NO_DETAIL_OPTIONS } from '../../src/agent/messages.ts';
import type { EventOf } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Ended, run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const NOBODY = { uid: 65534, gid: 65534 };

let shop: Workshop;
let agent: AgentUnderTest;
let special: string;

beforeAll(async () => {
  shop = openWorkshop();
  chmodSync(shop.folder, 0o755);
  special = shop.path('special');
  const source = fileURLToPath(new URL('fixtures/special.c', import.meta.url));
  compileProgram(source, special);
  agent = await startAgent({
    detail: {
      ...NO_DETAIL_OPTIONS,
      credentials: true,
      namespaces: true,
      userNames: true,
      environment: true,
    },
  });
});

afterAll(async () => {
  await agent.stop();
  shop.remove();
});

/** The last exec of a process. */
async function execOf({ pid, stderr }: Ended): Promise<EventOf<'process_exec'>['process']> {
  expect(stderr).toBe('');
  await agent.catchUp();
  const execs = agent.events.filter(
    (event): event is EventOf<'process_exec'> =>
      event.kind === 'process_exec' && event.process.pid === pid,
  );
  const last = execs.at(-1);
  if (!last) throw new Error(`no exec of ${pid}`);
  return last.process;
}

const copy = (name: string, mode: number): string => {
  copyFileSync('/bin/true', shop.path(name));
  chmodSync(shop.path(name), mode);
  return shop.path(name);
};

describe('credentials', () => {
  test('of root: all ids, all capabilities that this machine gives', async () => {
    const process = await execOf(await run('/bin/true'));
    expect(process.processCredentials).toEqual({
      uid: 0,
      gid: 0,
      euid: 0,
      egid: 0,
      suid: 0,
      sgid: 0,
      fsuid: 0,
      fsgid: 0,
    });
    expect(process.cap?.effective).toContain('CAP_SYS_ADMIN');
    expect(process.user).toEqual({ name: 'root' });
    expect(process.binaryProperties).toBeUndefined();
  });

  test('of an ordinary user: no capabilities', async () => {
    const process = await execOf(await run('/bin/true', [], NOBODY));
    expect(process.processCredentials).toMatchObject({ uid: 65534, egid: 65534, fsuid: 65534 });
    expect(process.cap).toEqual({});
  });

  test('a set-user-id program raises privileges', async () => {
    const process = await execOf(await run(copy('setuid', 0o4755), [], NOBODY));
    expect(process).toMatchObject({
      uid: 0,
      processCredentials: { uid: 65534, euid: 0 },
      binaryProperties: {
        setuid: 0,
        privilegesChanged: ['PRIVILEGES_RAISED_EXEC_FILE_SETUID'],
      },
    });
  });

  test('run by its owner it raises nothing', async () => {
    const process = await execOf(await run(copy('setuid-own', 0o4755)));
    expect(process.binaryProperties).toBeUndefined();
  });

  test('a set-group-id program', async () => {
    const program = copy('setgid', 0o755);
    chownSync(program, 0, 12);
    chmodSync(program, 0o2755);
    const process = await execOf(await run(program, [], NOBODY));
    expect(process.binaryProperties).toEqual({
      setgid: 12,
      privilegesChanged: ['PRIVILEGES_RAISED_EXEC_FILE_SETGID'],
    });
  });

  test('a program with file capabilities', async () => {
    const program = copy('caps', 0o755);
    expect((await run(special, ['caps', program])).stderr).toBe('');
    const process = await execOf(await run(program, [], NOBODY));
    expect(process.cap).toEqual({ permitted: ['CAP_NET_RAW'], effective: ['CAP_NET_RAW'] });
    expect(process.binaryProperties).toEqual({
      privilegesChanged: ['PRIVILEGES_RAISED_EXEC_FILE_CAP'],
    });
  });
});

describe('programs without a file', () => {
  test('in memory only', async () => {
    const process = await execOf(await run(special, ['memfd', '/bin/true']));
    expect(process.binaryProperties?.file).toMatchObject({
      inode: { links: 0 },
      path: expect.stringMatching(/memfd:trigon-memory$/),
    });
    expect(process.trigon?.argv).toEqual(['special-child', 'marker']);
  });

  test('unlinked before it runs', async () => {
    const program = copy('unlinked', 0o755);
    const { ino } = statSync(program);
    const process = await execOf(await run(special, ['deleted', program]));
    expect(process.binaryProperties?.file).toEqual({
      inode: { number: BigInt(ino), links: 0 },
      path: program,
    });
  });
});

describe('places', () => {
  const name = 'd'.repeat(50);
  let deep: string;
  beforeAll(() => {
    deep = shop.path('deep');
    const source = fileURLToPath(new URL('fixtures/deep.c', import.meta.url));
    // Static: it runs where no libraries are, too.
    compileProgram(source, deep, ['-static']);
  });
  /** A folder of its own, in which nothing is. */
  const folder = (...names: string[]): string => {
    mkdirSync(shop.path(...names), { recursive: true });
    return shop.path(...names);
  };
  // By rm, step by step: a path to the innermost may be too long for the others.
  const removeDeep = () => run('rm', ['-rf', shop.path('nest')]);

  test('a working directory of more than 3,000 bytes', async () => {
    try {
      const cwd = folder('nest');
      const process = await execOf(await run(deep, ['60', name, '/bin/true'], { cwd }));
      expect(process).toMatchObject({
        binary: '/bin/true',
        cwd: cwd + `/${name}`.repeat(60),
        flags: 'execve',
        trigon: { argv: ['/bin/true'] },
      });
    } finally {
      await removeDeep();
    }
  });

  test.each([
    ['4,096 bytes', 100],
    ['4,096 bytes three times over', 300],
  ])('one that exceeds %s keeps its end, and says so', async (_, count) => {
    try {
      const cwd = folder('nest');
      const process = await execOf(
        await run(deep, [String(count), name, '/bin/true', 'a', 'b c'], { cwd }),
      );
      expect(process).toMatchObject({
        binary: '/bin/true',
        flags: 'execve errorPathResolutionCwd',
        // What stands behind it in the record is whole.
        trigon: { argv: ['/bin/true', 'a', 'b c'] },
      });
      expect(process.cwd.length).toBeGreaterThan(4096 - 51);
      expect(process.cwd.length).toBeLessThanOrEqual(4096);
      expect(process.cwd).toBe(`/${name}`.repeat(process.cwd.length / 51));
    } finally {
      await removeDeep();
    }
  });

  test('more folders than are walked, by short names', async () => {
    try {
      const cwd = folder('nest');
      const process = await execOf(await run(deep, ['300', 'a', '/bin/true'], { cwd }));
      expect(process.flags).toBe('execve errorPathResolutionCwd');
      expect(process.cwd).toMatch(/^(\/a){200,256}$/);
    } finally {
      await removeDeep();
    }
  });

  test('an agent that starts while a process is in such a place', async () => {
    try {
      const cwd = folder('nest');
      const elder = spawn(deep, ['100', name, shop.victim, 'wait', 'deep'], {
        cwd,
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      await until(() => readFileSync(`/proc/${elder.pid}/cmdline`, 'latin1').includes('wait'));
      await until(() => readlinkSync(`/proc/${elder.pid}/exe`) === shop.victim);
      const second = await startAgent();
      elder.stdin.end();
      const exit = await second.waitForEvent(
        (event) => event.kind === 'process_exit' && event.process.pid === elder.pid,
      );
      await second.stop();
      expect(exit).toMatchObject({
        process: { binary: shop.victim, trigon: { argv: [shop.victim, 'wait', 'deep'] } },
      });
    } finally {
      await removeDeep();
    }
  });

  test('inside a chroot: as the process sees it', async () => {
    const root = folder('jail');
    mkdirSync(shop.path('jail', 'bin'));
    copyFileSync(deep, shop.path('jail', 'bin', 'deep'));
    const ended = await run('chroot', [root, '/bin/deep', '1', 'inner', '/bin/deep', '2']);
    // The last one is told too little and ends with 2.
    expect(ended.code).toBe(2);
    expect(await execOf(ended)).toMatchObject({
      binary: '/bin/deep',
      cwd: '/inner',
      flags: 'execve',
      trigon: { argv: ['/bin/deep', '2'] },
    });
    const execs = agent.events.filter(
      (event): event is EventOf<'process_exec'> =>
        event.kind === 'process_exec' && event.process.pid === ended.pid,
    );
    expect(execs.map(({ process: { cwd } }) => cwd)).toEqual([process.cwd(), '/', '/inner']);
  });

  test('a working directory outside of the chroot: to the top of its mount, and flagged', async () => {
    const root = folder('jail2');
    copyFileSync(deep, shop.path('jail2', 'deep'));
    // The working directory stays outside.
    const ended = await run('/bin/sh', [
      '-c',
      `cd ${folder('outside')} && exec ${special} outside ${root}`,
    ]);
    const process = await execOf(ended);
    expect(process.flags).toContain('errorPathResolutionCwd');
    expect(process.cwd.endsWith('/outside')).toBe(true);
  });

  /** Runs a script in a mount namespace of its own. */
  const inMounts = (script: string) => run('unshare', ['-m', '/bin/sh', '-ec', script]);

  test('on a tmpfs', async () => {
    const mount = folder('memory');
    const process = await execOf(
      await inMounts(
        `mount -t tmpfs none ${mount}; mkdir ${mount}/in; cp /bin/true ${mount}/in/; cd ${mount}/in; exec ./true x`,
      ),
    );
    expect(process).toMatchObject({
      binary: `${mount}/in/true`,
      cwd: `${mount}/in`,
      trigon: { argv: ['./true', 'x'] },
    });
  });

  test('on a bind mount: where it is mounted, not where it comes from', async () => {
    const [from, to] = [folder('from'), folder('to')];
    const mount = `mount --bind ${from} ${to}; mkdir -p ${to}/in; cp /bin/true ${to}/in/; cd ${to}/in`;
    expect(await execOf(await inMounts(`${mount}; exec ./true`))).toMatchObject({
      binary: `${to}/in/true`,
      cwd: `${to}/in`,
    });
    // The executable's own path shows where it has been unlinked.
    const unlinked = await execOf(
      await inMounts(`${mount}; exec ${special} deleted ${to}/in/true`),
    );
    expect(unlinked.binaryProperties?.file?.path).toBe(`${to}/in/true`);
    expect(unlinked.cwd).toBe(`${to}/in`);
  });

  test('a mount on a mount', async () => {
    const outer = folder('outer');
    const inner = `${outer}/a/inner`;
    const process = await execOf(
      await inMounts(
        `mount -t tmpfs none ${outer}; mkdir -p ${inner}; mount -t tmpfs none ${inner}; cp /bin/true ${inner}/; cd ${inner}; exec ./true`,
      ),
    );
    expect(process).toMatchObject({ binary: `${inner}/true`, cwd: inner });
  });
});

describe('namespaces', () => {
  test('of the host', async () => {
    const process = await execOf(await run('/bin/true'));
    expect(process.ns).toMatchObject({
      net: { inum: statSync('/proc/self/ns/net').ino, isHost: true },
      pid: { isHost: true },
      user: { isHost: true },
      cgroup: { isHost: true },
    });
    expect(process.inInitTree).toBe(false);
  });

  test('own ones', async () => {
    const process = await execOf(await run('unshare', ['--net', '--uts', '/bin/true']));
    expect(process.ns).toMatchObject({
      net: { isHost: false },
      uts: { isHost: false },
      ipc: { isHost: true },
      pid: { isHost: true },
    });
    expect(process.ns?.net?.inum).toBeGreaterThan(0);
  });

  test('the first process of a pid namespace, and its descendants, are in a container’s tree', async () => {
    const marker = `marker-${shop.folder}`;
    const script = `/bin/echo ${marker}; true`;
    await run('unshare', ['--pid', '--fork', '/bin/sh', '-c', script]);
    const inside = await agent.waitForEvent(
      (event) => event.kind === 'process_exec' && event.process.trigon?.argv?.[1] === marker,
    );
    const process = 'process' in inside ? inside.process : undefined;
    expect(process).toMatchObject({ inInitTree: true, ns: { pid: { isHost: false } } });
    expect(process?.flags).toContain('inInitTree');
  });
});

test('the environment, when it is asked for', async () => {
  const process = await execOf(
    await run('/bin/true', [], { env: { PLAIN: 'value', EMPTY: '', EQUALS: 'a=b', LINE: 'a\nb' } }),
  );
  expect(process.environmentVariables).toEqual([
    { key: 'PLAIN', value: 'value' },
    { key: 'EMPTY', value: '' },
    { key: 'EQUALS', value: 'a=b' },
    { key: 'LINE', value: 'a\nb' },
  ]);
});
