import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventOf } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Ended, run } from '../driver/command.ts';
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
  execFileSync('clang-19', ['-O1', '-Wall', '-Wextra', '-o', special, source]);
  agent = await startAgent({
    detail: { credentials: true, namespaces: true, userNames: true, environment: true },
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
