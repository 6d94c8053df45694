/** The one file, alone in a folder, with nothing of the project in reach. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeEvent } from '../../src/events/json.ts';
import { run, succeed } from '../driver/command.ts';
import { descendants } from '../driver/descendants.ts';
import { startPty } from '../driver/pty.ts';
import { LIMIT_MS, START_LIMIT_MS } from '../driver/until.ts';
import { DEB, EXECUTABLE, ownFolder, STAGE, VERSION, withTrue } from './packed.ts';

const folder = ownFolder();
const trigon = join(folder, 'trigon');
/** An environment in which nothing of this machine's Node is found. */
const env = {
  PATH: '/usr/bin:/bin',
  HOME: folder,
  TRIGON_POLICY_PATH: 'none',
  TRIGON_AGENT_SOCKET: 'none',
  // Not this host's /var/cache/trigon.
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
};
beforeAll(() => {
  copyFileSync(EXECUTABLE, trigon);
});

const start = (...args: string[]) => run(trigon, args, { cwd: folder, env });

describe('the file', () => {
  test('130 MB at most, and 35 MB to download', () => {
    expect(statSync(EXECUTABLE).size).toBeLessThanOrEqual(130e6);
    expect(statSync(DEB).size).toBeLessThanOrEqual(35e6);
  });

  test.each([EXECUTABLE, join(STAGE, 'build', 'trigon.node')])(
    'needs no glibc after 2.28: %s',
    async (file) => {
      const table = await succeed('objdump', ['-T', file]);
      const versions = [...table.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
      expect(versions.length).toBeGreaterThan(0);
      expect(Math.max(...versions)).toBeLessThanOrEqual(28);
    },
  );

  test('the addon asks for no library but those of glibc', async () => {
    const told = await succeed('objdump', ['-p', join(STAGE, 'build', 'trigon.node')]);
    const needed = [...told.matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name);
    expect(needed).toEqual(['libc.so.6', 'ld-linux-x86-64.so.2']);
  });

  test('is a ZIP archive too, with the licences in it', async () => {
    const listed = await succeed('python3', ['-m', 'zipfile', '-l', EXECUTABLE]);
    for (const name of ['dist/trigon.mjs', 'THIRD-PARTY-LICENCES.txt', 'sbom.cdx.json'])
      expect(listed).toContain(name);
  });
});

describe('alone', () => {
  test('--version: the commit, and the eBPF objects that were packed', async () => {
    const { code, stdout, stderr } = await start('--version');
    expect([code, stderr]).toEqual([0, '']);
    const commit = (await succeed('git', ['rev-parse', 'HEAD'], { cwd: STAGE })).trim();
    expect(stdout).toContain(`${VERSION}\n`);
    expect(stdout).toMatch(new RegExp(`^commit +${commit}`, 'm'));
    expect(stdout).toMatch(/^libbpf +v1\.\d+$/m);
    const objects = readdirSync(join(STAGE, 'build', 'bpf'));
    expect(objects.length).toBeGreaterThan(5);
    for (const name of objects) {
      const content = readFileSync(join(STAGE, 'build', 'bpf', name));
      const hash = createHash('sha256').update(content).digest('hex');
      expect(stdout).toMatch(new RegExp(`^${name} +${hash}$`, 'm'));
    }
  });

  test('events of the kernel', async () => {
    const { code, stdout, stderr } = await withTrue(
      start('events', '-o', 'json', '--binary', '/true$', '--count', '3'),
      START_LIMIT_MS,
    );
    expect([code, stderr.split('\n')[0]]).toEqual([0, expect.stringMatching(/^trigon: 3 events/)]);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => decodeEvent(line));
    expect(events.map(({ kind }) => kind.startsWith('process_'))).toEqual([true, true, true]);
  });

  test('a policy of the library sees its trigger, and not its near miss', async () => {
    const { code, stdout, stderr } = await start(
      ...['policy', 'test', 'cron-writes', 'exec-fileless', 'dns-servers'],
    );
    expect([code, stderr]).toEqual([0, '']);
    for (const name of ['cron-writes', 'exec-fileless', 'dns-servers'])
      expect(stdout).toMatch(new RegExp(`${name}.*\\bseen\\b`));
  });

  test('armed, it kills', async () => {
    const guarded = join(folder, 'guarded');
    const policy = join(folder, 'policy.yaml');
    mkdirSync(guarded);
    writeFileSync(join(guarded, 'file'), 'text\n');
    copyFileSync('/bin/cat', join(folder, 'victim'));
    writeFileSync(
      policy,
      `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: guarded }
spec:
  kprobes:
    - call: security_file_permission
      syscall: false
      args: [{ index: 0, type: file }, { index: 1, type: int }]
      selectors:
        - matchArgs: [{ index: 0, operator: Prefix, values: [${guarded}/] }]
          matchBinaries: [{ operator: In, values: [${folder}/victim] }]
          matchActions: [{ action: Sigkill }]
`,
    );
    let ended: Awaited<ReturnType<typeof run>> | undefined;
    const armed = start('events', '--policy', policy, '--enforce', '--duration', '8s').then(
      (result) => {
        ended = result;
      },
    );
    const signals = new Set<string | null>();
    while (ended === undefined && !signals.has('SIGKILL'))
      signals.add((await run(join(folder, 'victim'), [join(guarded, 'file')])).signal);
    await armed;
    expect([...signals]).toContain('SIGKILL');
    expect((await run(join(folder, 'victim'), [join(guarded, 'file')])).stdout).toBe('text\n');
  });

  test('the screen: live, with the library, and the terminal as before', async () => {
    const session = startPty(trigon, [], {
      ...{ columns: 120, rows: 40, cwd: folder },
      env: { ...env, HOME: folder, NODE_PATH: undefined },
    });
    const started = performance.now();
    await session.waitFor('live', { timeoutMs: START_LIMIT_MS });
    console.log(`start to first live frame: ${(performance.now() - started).toFixed(0)} ms`);
    // What one of its processes starts hears nothing of the libraries that were loaded for it.
    const below = descendants(session.pid);
    expect(below.length).toBeGreaterThan(0);
    for (const pid of below)
      expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toMatch(/LD_PRELOAD|TRIGON_ACT/);
    session.press('4');
    await session.waitFor('cron-writes', { timeoutMs: LIMIT_MS });
    session.press('q');
    expect((await session.exit).code).toBe(0);
    expect(session.bufferType()).toBe('normal');
  });

  test("a library of the operator's own stays one", async () => {
    const library = join(folder, 'mine.so');
    const { code, stderr } = await run(trigon, ['--version'], {
      cwd: folder,
      env: { ...env, LD_PRELOAD: library },
    });
    expect(code).toBe(0);
    // The dynamic linker says that it isn't there.
    expect(stderr).toContain(library);
    expect(stderr).not.toContain('/proc/self/./fd');
  });
});
