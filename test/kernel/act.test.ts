/** Native/act as root, with scripts of careless and hostile authors: the host stays as it is. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { act, actsRunning } from '../driver/act.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());
afterEach(() => expect(actsRunning(folder())).toEqual([]));

/** Not there on the host. */
const folder = () => `${shop.folder}/tried`;

test("the host's files can't be changed, private folders can", async () => {
  const mine = shop.file('mine', 'old');
  const deeper = `${folder()}/a/b`;
  expect(
    await act(`write ${mine} new`, `remove ${mine}`, `private ${deeper}`, `write ${deeper}/x text`),
  ).toEqual({
    code: 1,
    problems: [
      `failed\t0\t${mine}: Read-only file system`,
      `failed\t1\t${mine}: Read-only file system`,
    ],
  });
  expect(readFileSync(mine, 'utf8')).toBe('old');
  expect(existsSync(folder())).toBe(false);
  const sysctl = '/proc/sys/kernel/core_pattern';
  const before = readFileSync(sysctl, 'utf8');
  expect((await act(`write ${sysctl} x`)).code).toBe(1);
  expect(readFileSync(sysctl, 'utf8')).toBe(before);
});

test('a setting that fails ends the script, another deed does not', async () => {
  const mine = shop.file('still', '');
  const nothing = `${shop.folder}/nothing`;
  expect((await act(`read ${nothing}`, `read ${nothing}`)).problems).toHaveLength(2);
  expect((await act('private relative', `read ${nothing}`)).problems).toEqual([
    'failed\t0\trelative: must begin with /',
  ]);
  expect(await act('user 65534', `private ${folder()}`, `read ${nothing}`)).toMatchObject({
    problems: [expect.stringMatching(/^failed\t1\t/)],
  });
  expect(await act(`read ${mine}`)).toEqual({ code: 0, problems: [] });
});

test('nothing of a script is done when a line of it is wrong', async () => {
  expect(await act(`read ${shop.folder}/nothing`, 'read', 'dance')).toEqual({
    code: 2,
    problems: ['invalid\t1\tit is: read FILE', 'invalid\t2\tthere is no such deed: dance'],
  });
});

test('a script is ended after its time, with all of its processes', async () => {
  expect(await act('child', 'rest 60')).toEqual({ code: 4, problems: ['timeout\t10\t'] });
});

test("no way through another process's files leads to the host's mounts", async () => {
  const mine = shop.file('kept', 'old');
  const score = readFileSync('/proc/self/oom_score_adj', 'utf8');
  const ways = ['/proc/1', `/proc/${process.pid}`].flatMap((way) => [
    `write ${way}/root${mine} new`,
    `write ${way}/cwd${mine} new`,
    `as ${way}/root${shop.folder}/program`,
  ]);
  for (const way of ways) expect(await act(way)).toMatchObject({ code: 1 });
  expect(await act(`write /proc/${process.pid}/oom_score_adj 7`)).toMatchObject({ code: 1 });
  // Not by moving away what covers the host's /proc, or through a link, either.
  expect(
    await act(
      `private ${folder()}`,
      // MS_MOVE
      `mount /proc ${folder()} none ${0x2000}`,
      `write /proc/${process.pid}/root${mine} new`,
      `symlink /proc/1/root${mine} ${folder()}/link`,
      `write ${folder()}/link new`,
    ),
  ).toMatchObject({ code: 1 });
  expect(readFileSync(mine, 'utf8')).toBe('old');
  expect(readdirSync(shop.folder)).not.toContain('program');
  expect(readFileSync('/proc/self/oom_score_adj', 'utf8')).toBe(score);
});

test('what /proc has to write to of the kernel is read-only, of the process itself it is not', async () => {
  const paths = [
    'sys/kernel/core_pattern',
    'sysrq-trigger',
    'kcore',
    'cmdline',
    'irq/0/smp_affinity',
  ];
  const { problems } = await act(...paths.map((path) => `write /proc/${path} x`));
  expect(problems).toHaveLength(paths.length);
  for (const problem of problems)
    expect(problem).toMatch(/: (Read-only file system|No such file or directory)$/);
  expect(await act('write-memory')).toEqual({ code: 0, problems: [] });
});

test('devices and pipes of the host are not opened', async () => {
  const pipe = shop.path('pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const { problems } = await act(`write ${pipe} x`, 'write /dev/kmsg x', 'read /dev/null');
  closeSync(reader);
  expect(problems.map((problem) => problem.replace(/^.*?: ?/, ''))).toHaveLength(3);
  for (const problem of problems) expect(problem).toContain('is no regular file');
  // Terminals of the sandbox's own there are; the host's console stays where it is.
  expect(await act('terminal-request 0x5413')).toEqual({ code: 0, problems: [] });
  expect((await act('terminal-request 0x541d')).problems[0]).toContain('not harmless');
});

test('no program of the host is run', async () => {
  const marker = shop.path('marker');
  const program = shop.file('program.sh', `#!/bin/sh\necho > ${marker}\n`);
  chmodSync(program, 0o755);
  for (const deed of [
    `exec ${program}`,
    `exec-raised ${program}`,
    `exec-on-connection ${program}`,
    `exec-on-local-socket ${program}`,
    // Which a changeable view of the folder shows too.
    `private ${shop.folder}/none`,
  ]) {
    const script = deed.startsWith('private') ? [deed, `exec ${program}`] : [deed];
    const { code, problems } = await act(...script);
    expect({ deed, code }).toEqual({ deed, code: 1 });
    expect(problems[0]).toContain('is a program of the host');
  }
  const scripts = [`private ${folder()}`, `exec-script ${folder()}/script /bin/sh`];
  expect((await act(...scripts)).problems[0]).toContain('/bin/sh is a program of the host');
  // Words of a script have tabs as `\\t`: for the kernel the interpreter would end there.
  const blank = [`private ${folder()}`, `exec-script ${folder()}/script /bin/sh\\t-e`];
  expect((await act(...blank)).problems[0]).toContain('no blanks');
  expect(existsSync(marker)).toBe(false);
});

test("sockets of the host's services are not connected to", async () => {
  const path = shop.path('service');
  let connections = 0;
  const server = createServer(() => {
    connections += 1;
  }).listen(path);
  await once(server, 'listening');
  const { problems } = await act(`connect-unix ${path}`, `connect-unix ${shop.path('nobody')}`);
  await new Promise((resolve) => server.close(resolve));
  expect(problems).toEqual([expect.stringContaining('make a folder above it private before')]);
  expect(connections).toBe(0);
});

test('commands that harm are refused, as the kernel counts them too', async () => {
  const commands = [5, 6, 7, 2 ** 32 + 5, 2 ** 32 + 6].map((command) => `kernel-log ${command}`);
  const { problems } = await act(...commands, 'kexec-file 1', 'mount none / none 32');
  expect(problems).toHaveLength(commands.length + 2);
});

test('a script has its limits', async () => {
  const limit = expect.stringContaining('at the most');
  const many = Array.from({ length: 201 }, () => 'child');
  expect(await act(...many)).toEqual({ code: 2, problems: [limit] });
  expect(await act(`write ${folder()}/x ${'x'.repeat(100_000)}`)).toEqual({
    code: 2,
    problems: [limit],
  });
});

test('no open file of the starter goes to the deeds', async () => {
  const kept = openSync(shop.file('open', ''), 'r');
  const child = spawn('build/act', ['run'], { stdio: ['pipe', 'pipe', 'pipe', kept] });
  closeSync(kept);
  child.stdin?.end('rest\t60\n');
  // It has begun.
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const open = actsRunning(folder()).flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)),
  );
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(open.length).toBeGreaterThan(0);
  expect(open).not.toContain(shop.path('open'));
});
