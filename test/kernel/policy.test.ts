/** Which calls a policy matches and what its events say, in monitor mode: needs root and clang. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AgentOptions } from '../../src/agent/messages.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Ended, run } from '../driver/command.ts';
import {
  accessOf,
  fileOf,
  isPolicyEvent,
  type PolicyEvent,
  policyText,
  type SelectorText,
} from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
/** A second copy of the victim program, for matchBinaries. */
let other: string;
let agent: AgentUnderTest | undefined;

beforeAll(() => {
  shop = openWorkshop();
  other = shop.path('other');
  copyFileSync(shop.victim, other);
  chmodSync(other, 0o755);
});
beforeEach(() => {
  shop.file('data/a', 'original');
  shop.file('data/b', 'original');
  shop.file('else/c', 'original');
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});
afterAll(() => shop.remove());

/** Starts an agent with one policy, called `p`. */
async function watch(
  selectors: readonly SelectorText[],
  mode: AgentOptions['policies'][number]['mode'] = 'monitor',
): Promise<AgentUnderTest> {
  const path = shop.file('p.yaml', policyText('p', selectors));
  agent = await startAgent({ policies: [{ path, mode }] });
  expect(agent.problems).toEqual([]);
  return agent;
}

/** The policy events of a command that has been run, all of them. */
async function hitsOf({ pid }: Ended): Promise<PolicyEvent[]> {
  await agent?.catchUp();
  return (agent?.events ?? []).filter(isPolicyEvent).filter((event) => event.process.pid === pid);
}

const lives = (ended: Ended) => expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });

describe('selectors', () => {
  test('Equal on the path; what the event says, and the counters', async () => {
    const a = shop.path('data/a');
    chmodSync(a, 0o4640);
    const running = await watch([
      { args: [[0, 'Equal', [a]]], binaries: ['In', [shop.victim]], actions: ['Sigkill'] },
    ]);
    const written = await shop.access('write', a);
    lives(written);
    expect(readFileSync(a, 'utf8')).toBe('changedl');
    const hits = await hitsOf(written);
    expect(hits).toMatchObject([
      {
        functionName: 'security_file_permission',
        policyName: 'p',
        message: 'p was touched',
        tags: ['observability.filesystem'],
        action: 'KPROBE_ACTION_SIGKILL',
        process: { binary: shop.victim, arguments: `write ${a}`, uid: 0, flags: 'execve clone' },
        args: [
          { kind: 'file_arg', value: { path: a, permission: '-rwSr-----' } },
          { kind: 'int_arg', value: 2, label: 'access' },
        ],
        trigon: { mode: 'monitor', outcome: 'withheld', outcomeReason: 'monitor mode' },
      },
    ]);
    expect(hits[0]?.trigon?.obtained).toContain('equivalent');
    const read = await shop.access('read', a);
    expect(read.stdout).toContain('changedl');
    expect((await hitsOf(read)).map(accessOf)).toEqual([4]);
    expect(await hitsOf(await shop.access('write', shop.path('data/b')))).toEqual([]);
    expect((await running.status('p')).counts).toMatchObject({
      matched: 2,
      posted: 2,
      wouldAct: 2,
      killed: 0,
      failed: 0,
    });
  });

  test.each<[string, SelectorText, string[]]>([
    ['Prefix', { args: [[0, 'Prefix', ['DIR/data/']]] }, ['data/a 2', 'data/a 4', 'data/b 2']],
    [
      'Prefix, several values',
      { args: [[0, 'Prefix', ['DIR/else', 'DIR/data/b']]] },
      ['data/b 2', 'else/c 2'],
    ],
    [
      'Equal, several values',
      { args: [[0, 'Equal', ['DIR/else/c', 'DIR/data/a', '/x']]] },
      ['data/a 2', 'data/a 4', 'else/c 2'],
    ],
    ['Equal is no prefix', { args: [[0, 'Equal', ['DIR/data', 'DIR/data/']]] }, []],
    [
      'mask read',
      {
        args: [
          [0, 'Prefix', ['DIR/']],
          [1, 'Equal', ['4']],
        ],
      },
      ['data/a 4'],
    ],
    [
      'mask write, in hex',
      {
        args: [
          [0, 'Prefix', ['DIR/']],
          [1, 'Equal', ['0x2']],
        ],
      },
      ['data/a 2', 'data/b 2', 'else/c 2'],
    ],
    [
      'mask, several numbers',
      {
        args: [
          [0, 'Equal', ['DIR/data/a']],
          [1, 'Equal', ['1', '4', '2']],
        ],
      },
      ['data/a 2', 'data/a 4'],
    ],
    [
      'mask NotEqual',
      {
        args: [
          [0, 'Equal', ['DIR/data/a']],
          [1, 'NotEqual', ['4']],
        ],
      },
      ['data/a 2'],
    ],
    [
      'NotPrefix',
      {
        args: [
          [0, 'Prefix', ['DIR/']],
          [0, 'NotPrefix', ['DIR/data/', 'DIR/none']],
        ],
      },
      ['else/c 2'],
    ],
    [
      'NotEqual',
      {
        args: [
          [0, 'Prefix', ['DIR/data']],
          [0, 'NotEqual', ['DIR/data/a']],
        ],
      },
      ['data/b 2'],
    ],
    [
      'a binary that is not the one',
      { args: [[0, 'Prefix', ['DIR/']]], binaries: ['In', ['DIR/none', 'DIR/acces']] },
      [],
    ],
  ])('%s', async (_, selector, expected) => {
    const here = (text: string) => text.replace('DIR', shop.folder);
    await watch([
      {
        binaries: ['In', [shop.victim]],
        ...selector,
        ...(selector.binaries
          ? { binaries: [selector.binaries[0], selector.binaries[1].map(here)] }
          : {}),
        args:
          selector.args?.map(
            ([index, operator, values]) => [index, operator, values.map(here)] as const,
          ) ?? [],
      },
    ]);
    const commands = [
      await shop.access('write', shop.path('data/a')),
      await shop.access('read', shop.path('data/a')),
      await shop.access('write', shop.path('data/b')),
      await shop.access('write', shop.path('else/c')),
    ];
    for (const command of commands) lives(command);
    const hits = (await Promise.all(commands.map(hitsOf))).flat();
    expect(
      hits.map((hit) => `${fileOf(hit).path.slice(shop.folder.length + 1)} ${accessOf(hit)}`),
    ).toEqual(expected);
    for (const hit of hits) {
      expect(hit.action).toBe('KPROBE_ACTION_POST');
      expect(hit.trigon?.outcome).toBeUndefined();
    }
  });

  test('matchBinaries NotIn, also for what a fork inherits and an exec changes', async () => {
    await watch([
      { args: [[0, 'Equal', [shop.path('data/a')]]], binaries: ['NotIn', [shop.victim]] },
    ]);
    expect(await hitsOf(await shop.access('write', shop.path('data/a')))).toEqual([]);
    expect(await hitsOf(await run(other, ['write', shop.path('data/a')]))).toHaveLength(1);
    // The shell's redirection happens in the shell, a forked child of it writes under its name.
    const forked = await run('/bin/sh', [
      '-c',
      `(echo x > ${shop.path('data/a')}); exec ${shop.victim} write ${shop.path('data/a')}`,
    ]);
    await agent?.catchUp();
    const hits = (agent?.events ?? []).filter(isPolicyEvent).slice(1);
    expect(hits.map(({ process }) => [process.binary, process.flags])).toEqual([
      ['/bin/sh', 'execve'],
    ]);
    expect(hits[0]?.process.pid).not.toBe(forked.pid);
    expect(hits[0]?.parent?.pid).toBe(forked.pid);
  });

  test('the first selector that matches wins; NoPost counts but does not tell', async () => {
    const only: SelectorText['binaries'] = ['In', [shop.victim]];
    const running = await watch([
      {
        args: [
          [0, 'Equal', [shop.path('data/a')]],
          [1, 'Equal', ['4']],
        ],
        binaries: only,
        actions: ['NoPost'],
      },
      { args: [[0, 'Equal', [shop.path('data/a')]]], binaries: only, actions: ['Post'] },
      {
        args: [[0, 'Prefix', [shop.path('data')]]],
        binaries: only,
        actions: ['Sigkill', 'NoPost'],
      },
      { args: [[0, 'Prefix', [shop.folder]]], binaries: only, actions: ['Sigkill'] },
    ]);
    expect(await hitsOf(await shop.access('read', shop.path('data/a')))).toEqual([]);
    expect(await hitsOf(await shop.access('write', shop.path('data/a')))).toMatchObject([
      { action: 'KPROBE_ACTION_POST' },
    ]);
    expect(await hitsOf(await shop.access('write', shop.path('data/b')))).toEqual([]);
    expect(await hitsOf(await shop.access('write', shop.path('else/c')))).toMatchObject([
      { action: 'KPROBE_ACTION_SIGKILL' },
    ]);
    const { hooks } = await running.status('p');
    expect(
      hooks[0]?.selectors.map(({ counts, kills }) => [
        counts.matched,
        counts.posted,
        counts.wouldAct,
        kills,
      ]),
    ).toEqual([
      [1, 0, 0, false],
      [1, 1, 0, false],
      [1, 0, 1, true],
      [1, 1, 1, true],
    ]);
  });

  test('two policies see the same call, each under its own name', async () => {
    const path = shop.path('two');
    mkdirSync(path, { recursive: true });
    for (const name of ['one', 'two'])
      writeFileSync(
        join(path, `${name}.yaml`),
        policyText(name, [
          { args: [[0, 'Equal', [shop.path('data/a')]]], binaries: ['In', [shop.victim]] },
        ]),
      );
    agent = await startAgent({ policies: [{ path, mode: 'monitor' }] });
    const ended = await shop.access('write', shop.path('data/a'));
    expect((await hitsOf(ended)).map((hit) => hit.policyName)).toEqual(['one', 'two']);
    agent.send({ type: 'set-mode', policy: 0, mode: 'off' });
    await agent.waitForPolicy('one', ({ mode }) => mode === 'off');
    expect(
      (await hitsOf(await shop.access('write', shop.path('data/a')))).map((hit) => hit.policyName),
    ).toEqual(['two']);
  });

  test('off: nothing is seen or counted; then on, then off again', async () => {
    const running = await watch(
      [{ args: [[0, 'Equal', [shop.path('data/a')]]], binaries: ['In', [shop.victim]] }],
      'off',
    );
    expect(await hitsOf(await shop.access('write', shop.path('data/a')))).toEqual([]);
    expect((await running.status('p')).counts.matched).toBe(0);
    running.send({ type: 'set-mode', policy: 0, mode: 'monitor' });
    await running.waitForPolicy('p', ({ mode }) => mode === 'monitor');
    expect(await hitsOf(await shop.access('write', shop.path('data/a')))).toHaveLength(1);
    running.send({ type: 'set-mode', policy: 0, mode: 'off' });
    await running.waitForPolicy('p', ({ mode }) => mode === 'off');
    expect(await hitsOf(await shop.access('write', shop.path('data/a')))).toEqual([]);
    expect((await running.status('p')).counts.matched).toBe(1);
  });
});

test('every system call that leads to the function, with its direction', async () => {
  await watch([{ args: [[0, 'Prefix', [shop.path('data')]]], binaries: ['In', [shop.victim]] }]);
  const a = shop.path('data/a');
  const reads = 'read pread64 readv preadv preadv2 sendfile-from copy-from splice-from'.split(' ');
  const writes =
    'write pwrite64 writev pwritev pwritev2 fallocate sendfile-to copy-to splice-to'.split(' ');
  const seen: Record<string, number[]> = {};
  for (const call of [...reads, ...writes]) {
    const ended = await shop.access(call, a);
    lives(ended);
    seen[call] = (await hitsOf(ended)).filter((hit) => fileOf(hit).path === a).map(accessOf);
  }
  expect(seen).toEqual({
    ...Object.fromEntries(reads.map((call) => [call, [4]])),
    ...Object.fromEntries(writes.map((call) => [call, [2]])),
  });
  const listed = await hitsOf(await shop.access('getdents64', shop.path('data')));
  expect(listed.map((hit) => [fileOf(hit), accessOf(hit)])).toEqual([
    [{ path: shop.path('data'), permission: 'drwxr-xr-x' }, 4],
  ]);
  for (const call of ['write-read-only', 'read-write-only', 'write-nowhere'])
    expect([call, await hitsOf(await shop.access(call, a))]).toEqual([call, []]);
});

describe('paths', () => {
  test('relative, by a symbolic link, by a hard way round', async () => {
    const a = shop.path('data/a');
    symlinkSync(shop.path('data'), shop.path('link-to-data'));
    await watch([{ args: [[0, 'Equal', [a]]], binaries: ['In', [shop.victim]] }]);
    const ways = [
      await run(shop.victim, ['write', '../data/./a'], { cwd: shop.path('else') }),
      await shop.access('write', shop.path('link-to-data/a')),
      await shop.access('write', `${shop.folder}/else/..//data/a`),
    ];
    for (const way of ways) expect((await hitsOf(way)).map((hit) => fileOf(hit).path)).toEqual([a]);
  });

  test('a renamed file matches under its new name only', async () => {
    await watch([
      { args: [[0, 'Equal', [shop.path('data/new')]]], binaries: ['In', [shop.victim]] },
    ]);
    expect(await hitsOf(await shop.access('write', shop.path('data/b')))).toEqual([]);
    renameSync(shop.path('data/b'), shop.path('data/new'));
    expect(await hitsOf(await shop.access('write', shop.path('data/new')))).toHaveLength(1);
  });

  test('a deleted file keeps its path, and the event says that it is deleted', async () => {
    const b = shop.path('data/b');
    await watch([{ args: [[0, 'Equal', [b]]], binaries: ['In', [shop.victim]] }]);
    const ended = await shop.access('unlinked', b);
    lives(ended);
    expect((await hitsOf(ended)).map((hit) => fileOf(hit).path)).toEqual([`${b} (deleted)`]);
  });

  test('files without a path match no filter on paths, not even a negated one', async () => {
    const running = await watch([
      { args: [[0, 'Equal', ['/']]], binaries: ['In', [shop.victim]] },
      {
        args: [
          [0, 'Prefix', ['/']],
          [0, 'NotPrefix', [shop.folder, '/usr', '/lib', '/etc', '/proc']],
        ],
        binaries: ['In', [shop.victim]],
      },
      {
        args: [[0, 'NotPrefix', ['/usr', '/lib', '/etc', '/proc', shop.folder]]],
        binaries: ['In', [shop.victim]],
      },
    ]);
    const ended = await shop.access('pipe');
    lives(ended);
    expect((await hitsOf(ended)).map(fileOf)).toEqual([]);
    expect((await running.status('p')).counts.matched).toBe(0);
    // The root directory itself does have a path.
    expect(
      (await hitsOf(await shop.access('getdents64', '/'))).map((hit) => fileOf(hit).path),
    ).toEqual(['/']);
  });

  test('without a filter on paths they are seen, with no path', async () => {
    await watch([{ args: [[1, 'Equal', ['2']]], binaries: ['In', [shop.victim]] }]);
    const paths = (await hitsOf(await shop.access('pipe'))).map(fileOf);
    expect(paths.length).toBeGreaterThanOrEqual(3);
    for (const path of paths)
      expect(path).toMatchObject({ path: '', flags: 'unresolvedPathComponents' });
  });

  /** A file below the workshop whose whole path has exactly this many bytes. */
  function fileOfLength(bytes: number, letter = 'f'): string {
    let name = 'deep';
    while (shop.path(name).length < bytes - 200) name += `/${'d'.repeat(100)}`;
    name += `/${letter.repeat(bytes - shop.path(name).length - 1)}`;
    const path = shop.file(name, 'original');
    expect(Buffer.byteLength(path)).toBe(bytes);
    return path;
  }

  test('values of the greatest length, and one byte more or less', async () => {
    const longest = fileOfLength(255);
    const prefix = fileOfLength(300, 'p').slice(0, 252);
    const binary = `${fileOfLength(255 - 1, 'b')}b`;
    copyFileSync(shop.victim, binary);
    chmodSync(binary, 0o755);
    await watch([
      { args: [[0, 'Equal', [longest]]], binaries: ['In', [shop.victim, binary]] },
      { args: [[0, 'Prefix', [prefix]]], binaries: ['In', [shop.victim, binary]] },
    ]);
    const hits = async (command: string, path: string) =>
      (await hitsOf(await run(command, ['write', path]))).length;
    expect(await hits(shop.victim, longest)).toBe(1);
    expect(await hits(binary, longest)).toBe(1);
    expect(await hits(shop.victim, fileOfLength(254))).toBe(0);
    expect(await hits(shop.victim, fileOfLength(256))).toBe(0);
    expect(await hits(shop.victim, fileOfLength(300, 'p'))).toBe(1);
    expect(await hits(shop.victim, fileOfLength(252, 'p'))).toBe(1);
    expect(await hits(shop.victim, fileOfLength(251, 'p'))).toBe(0);
  });

  test('the longest path that the kernel opens comes whole', async () => {
    const path = fileOfLength(4095);
    await watch([{ args: [[0, 'Prefix', [shop.path('deep')]]], binaries: ['In', [shop.victim]] }]);
    const ended = await shop.access('write', path);
    lives(ended);
    expect((await hitsOf(ended)).map((hit) => fileOf(hit).path)).toEqual([path]);
  });
});

describe('policy files', () => {
  test('values that the kernel has no room for refuse their policy, and leave room for the others', async () => {
    const values = Array.from({ length: 17_000 }, (_, i) => shop.path(`many/${i}`));
    const folder = shop.path('large');
    const binaries: SelectorText['binaries'] = ['In', [shop.victim]];
    shop.file('large/1.yaml', policyText('equal', [{ args: [[0, 'Equal', values]], binaries }]));
    shop.file('large/2.yaml', policyText('prefix', [{ args: [[0, 'Prefix', values]], binaries }]));
    const most = [...values.slice(0, 16_000), shop.path('data/a')];
    shop.file('large/3.yaml', policyText('most', [{ args: [[0, 'Equal', most]], binaries }]));
    agent = await startAgent({ policies: [{ path: folder, mode: 'monitor' }] });
    expect(agent.problems).toEqual(
      ['1', '2'].map((name) =>
        expect.stringMatching(new RegExp(`${name}.yaml:1:1: its values don't fit`)),
      ),
    );
    const hits = await hitsOf(await shop.access('write', shop.path('data/a')));
    expect(hits.map((hit) => hit.policyName)).toEqual(['most']);
  });

  test('one with an error does not stop the others; problems say where', async () => {
    const folder = shop.path('mixed');
    const good = policyText('good', [
      { args: [[0, 'Equal', [shop.path('data/a')]]], binaries: ['In', [shop.victim]] },
    ]);
    shop.file('mixed/1-broken.yaml', good.replace('Equal', 'Equals'));
    shop.file('mixed/2-good.yaml', good);
    shop.file('mixed/3-no.yml', 'a: [');
    shop.file('mixed/4-unknown.yaml', good.replace('security_file_permission', 'security_nothing'));
    mkdirSync(join(folder, '5-folder.yaml'), { recursive: true });
    symlinkSync('nowhere', join(folder, '6-dangling.yaml'));
    shop.file('mixed/readme.txt', 'not a policy');
    agent = await startAgent({
      policies: [
        { path: folder, mode: 'monitor' },
        { path: shop.path('missing.yaml'), mode: 'monitor' },
      ],
    });
    const places = agent.problems.map((problem) => problem.slice(shop.folder.length + 1));
    expect(places).toHaveLength(6);
    expect(places[0]).toMatch(
      /^mixed\/1-broken.yaml:16:30: spec.kprobes\[0\].selectors\[0\].matchArgs\[0\].operator: "Equals" is not an operator; allowed: Equal, /,
    );
    expect(places[1]).toMatch(/^mixed\/3-no.yml:\d+:\d+: not valid YAML: /);
    expect(places[2]).toMatch(
      /^mixed\/4-unknown.yaml:7:\d+: spec.kprobes\[0\]: security_nothing can't be had here: /,
    );
    expect(places[3]).toMatch(/^mixed\/5-folder.yaml:1:1: can't be read: /);
    expect(places[4]).toMatch(/^mixed\/6-dangling.yaml:1:1: can't be read: /);
    expect(places[5]).toMatch(/^missing.yaml:1:1: can't be read: /);
    expect(await hitsOf(await shop.access('write', shop.path('data/a')))).toHaveLength(1);
  });
});
