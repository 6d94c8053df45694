/**
 * Files that the hooks have let pass are not judged again (bpf/passed.h), and nothing that is wanted is ever taken for one of them:
 * needs root and clang.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { compileProgram } from '../driver/compile.ts';
import { accessOf, fileOf, isPolicyEvent, policyText, type SelectorText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const source = fileURLToPath(new URL('fixtures/reader.c', import.meta.url));

/** Enough that every path is known afterwards. */
const SOME = 100;
/** So many that other processes of the host can't make as many runs meanwhile. */
const MANY = 200_000;

type Reader = {
  /** Does what the lines say (fixtures/reader.c), one after the other. */
  do(...lines: string[]): Promise<void>;
  end(): Promise<void>;
};

let shop: Workshop;
let program: string;
let reader: Reader;
let agent: AgentUnderTest | undefined;

function startReader(path = program): Reader {
  const child = spawn(path, [], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async do(...lines) {
      // All at once: others' files take the places of known ones while it waits.
      child.stdin.write(`${lines.join('\n')}\n`);
      for (const line of lines) {
        const { value } = await answers.next();
        if (value !== 'ok') throw new Error(`${line}: ${value}`);
      }
    },
    end() {
      child.stdin.end();
      return gone;
    },
  };
}

beforeAll(() => {
  shop = openWorkshop();
  program = shop.path('reader');
  compileProgram(source, program);
});
beforeEach(() => {
  reader = startReader();
});
afterEach(async () => {
  await reader.end();
  await agent?.stop();
  agent = undefined;
});
afterAll(() => shop.remove());

type Mode = 'off' | 'monitor';

/** Starts an agent with these policies. */
async function watch(
  policies: Readonly<Record<string, { mode?: Mode; selectors: readonly SelectorText[] }>>,
): Promise<AgentUnderTest> {
  agent = await startAgent({
    policies: Object.entries(policies).map(([name, { mode = 'monitor', selectors }]) => ({
      path: shop.file(`${name}.yaml`, policyText(name, selectors)),
      mode,
    })),
  });
  expect(agent.problems).toEqual([]);
  return agent;
}

/** With one policy, called `p`, on all accesses to files of these paths. */
const watchPaths = (...paths: string[]) =>
  watch({ p: { selectors: [{ args: [[0, 'Equal', paths]] }] } });

/** What the policies told so far: path and access. */
async function told(): Promise<string[]> {
  await agent?.catchUp();
  return (agent?.events ?? [])
    .filter(isPolicyEvent)
    .map((event) => `${fileOf(event).path} ${accessOf(event)}`);
}

/** How often hooks of the policy ran while this was done. */
async function runsDuring(name: string, work: () => Promise<void>): Promise<number> {
  const before = (await agent?.status(name))?.runs.runs ?? 0;
  await work();
  return ((await agent?.status(name))?.runs.runs ?? 0) - before;
}

test('a file that is not wanted is judged once, whoever reads it', async () => {
  const file = shop.file('known/file', 'x');
  await watchPaths(shop.path('known/other'));
  await reader.do(`open ${file}`, 'read 1');
  expect(await runsDuring('p', () => reader.do(`read ${MANY}`))).toBeLessThan(MANY / 2);
  const second = startReader();
  await second.do(`open ${file}`);
  expect(await runsDuring('p', () => second.do(`read ${MANY}`))).toBeLessThan(MANY / 2);
  await second.end();
  expect(await told()).toEqual([]);
});

test('a file that is wanted is told of each time', async () => {
  const file = shop.file('known/wanted', 'x');
  await watchPaths(file);
  await reader.do(`open ${file}`, 'read 3', 'write');
  expect(await told()).toEqual([...Array(3).fill(`${file} 4`), `${file} 2`]);
});

describe('another path to what is known', () => {
  test('the file is renamed', async () => {
    const from = shop.file('rename/from', 'x');
    const wanted = shop.path('rename/want');
    await watchPaths(wanted);
    await reader.do(`open ${from}`, `read ${SOME}`, `rename ${from} ${wanted}`, 'read 1');
    expect(await told()).toEqual([`${wanted} 4`]);
    await reader.do(`rename ${wanted} ${from}`, 'read 1');
    expect(await told()).toEqual([`${wanted} 4`]);
  });

  test('a folder above it is renamed', async () => {
    const file = shop.file('above/from/in/file', 'x');
    const wanted = shop.path('above/want/in/file');
    await watchPaths(wanted);
    await reader.do(`open ${file}`, `read ${SOME}`);
    await reader.do(`rename ${shop.path('above/from')} ${shop.path('above/want')}`, 'read 1');
    expect(await told()).toEqual([`${wanted} 4`]);
  });

  test('it moves to another folder', async () => {
    const file = shop.file('move/from/file', 'x');
    const wanted = shop.path('move/want/file');
    mkdirSync(shop.path('move/want'));
    await watchPaths(wanted);
    await reader.do(`open ${file}`, `read ${SOME}`, `rename ${file} ${wanted}`, 'read 1');
    expect(await told()).toEqual([`${wanted} 4`]);
  });

  test('a hard link', async () => {
    const file = shop.file('link/file', 'x');
    const wanted = shop.path('link/want');
    await watchPaths(wanted);
    await reader.do(`open ${file}`, `read ${SOME}`, `link ${file} ${wanted}`);
    await reader.do(`open ${wanted}`, 'read 1', `open ${file}`, 'read 1');
    expect(await told()).toEqual([`${wanted} 4`]);
  });

  test('a bind mount, in another mount namespace', async () => {
    const file = shop.file('bind/from/file', 'x');
    const wanted = shop.path('bind/want/file');
    mkdirSync(shop.path('bind/want'));
    await watchPaths(wanted);
    await reader.do(`open ${file}`, `read ${SOME}`);
    await reader.do(`bind ${shop.path('bind/from')} ${shop.path('bind/want')}`);
    await reader.do(
      `open ${wanted}`,
      'read 2',
      `open ${file}`,
      'read 1',
      `open ${wanted}`,
      'read 1',
    );
    expect(await told()).toEqual(Array(3).fill(`${wanted} 4`));
  });

  test('chroot', async () => {
    const file = shop.file('jail/trigon-jail/file', 'x');
    const wanted = '/trigon-jail/file';
    await watchPaths(wanted);
    await reader.do(`open ${file}`, `read ${SOME}`, `chroot ${shop.path('jail')}`, 'read 1');
    expect(await told()).toEqual([`${wanted} 4`]);
  });

  test('names that begin or end like the known one', async () => {
    const known = shop.file('names/12345678', 'x');
    const wanted = ['1234567', '123456789', 'x12345678', '1234567x'].map((name) =>
      shop.file(`names/${name}`, 'x'),
    );
    await watchPaths(...wanted);
    for (const path of wanted)
      await reader.do(
        `open ${known}`,
        `read ${SOME}`,
        `rename ${known} ${path}`,
        'read 1',
        `rename ${path} ${known}`,
      );
    expect(await told()).toEqual(wanted.map((path) => `${path} 4`));
  });

  test('a name of many words, known to the last', async () => {
    const name = (last: string) => shop.path('long', `${'n'.repeat(59)}${last}`);
    const known = shop.file('long/n', 'x');
    const wanted = name('y');
    await watchPaths(wanted);
    await reader.do(`rename ${known} ${name('x')}`, `open ${name('x')}`, `read ${SOME}`);
    await reader.do(`rename ${name('x')} ${wanted}`, 'read 1');
    expect(await told()).toEqual([`${wanted} 4`]);
  });

  test('kernel memory of known files that are gone, used for the wanted one', async () => {
    const wanted = shop.path('again/want');
    await watchPaths(wanted);
    const commands = Array.from({ length: 300 }, (_, index) => {
      const path = shop.path('again', index % 10 === 9 ? 'want' : String(index));
      return [`create ${path}`, `read 2`, `unlink ${path}`];
    });
    mkdirSync(shop.path('again'));
    await reader.do(...commands.flat());
    expect(await told()).toEqual(Array(60).fill(`${wanted} 4`));
  });

  test('a path too long to be kept, and one in too many folders', async () => {
    const deep = Array(40).fill('d').join('/');
    const long = Array(6).fill('l'.repeat(50)).join('/');
    const wanted = [deep, long].map((folder) => shop.file(`${folder}/file`, 'x'));
    await watchPaths(...wanted);
    for (const path of wanted) {
      const other = path.replace(/file$/, 'other');
      await reader.do(`rename ${path} ${other}`, `open ${other}`, `read ${SOME}`);
      await reader.do(`rename ${other} ${path}`, 'read 1');
    }
    expect(await told()).toEqual(wanted.map((path) => `${path} 4`));
  });
});

describe('what else the hooks look at', () => {
  test('the kind of access', async () => {
    const file = shop.file('kinds/file', 'x');
    const other = shop.file('kinds/other', 'x');
    const both = (path: string, mask: string): SelectorText => ({
      args: [
        [0, 'Equal', [path]],
        [1, 'Equal', [mask]],
      ],
    });
    await watch({ p: { selectors: [both(file, '2'), both(other, '4')] } });
    await reader.do(`open ${file}`, `read ${SOME}`, 'write', 'read 1');
    await reader.do(`open ${other}`, 'write', 'write', 'read 1');
    expect(await told()).toEqual([`${file} 2`, `${other} 4`]);
  });

  test('the program', async () => {
    const file = shop.file('program/file', 'x');
    const wanted = shop.path('wanted-reader');
    copyFileSync(program, wanted);
    await watch({
      p: { selectors: [{ args: [[0, 'Equal', [file]]], binaries: ['In', [wanted]] }] },
    });
    await reader.do(`open ${file}`, `read ${SOME}`);
    const other = startReader(wanted);
    await other.do(`open ${file}`, 'read 2');
    await other.end();
    await reader.do(`read ${SOME}`);
    expect(await told()).toEqual(Array(2).fill(`${file} 4`));
  });

  test('what stands after a filter on the program that holds', async () => {
    const file = shop.file('program/other', 'x');
    await watch({
      p: {
        selectors: [{ args: [[0, 'Equal', [shop.path('no')]]], binaries: ['In', [program]] }],
      },
    });
    await reader.do(`open ${file}`, 'read 1');
    expect(await runsDuring('p', () => reader.do(`read ${MANY}`))).toBeLessThan(MANY / 2);
    expect(await told()).toEqual([]);
  });
});

describe('policies that change', () => {
  test('another is switched on, and off again', async () => {
    const file = shop.file('switch/file', 'x');
    const running = await watch({
      p: { selectors: [{ args: [[0, 'Equal', [shop.path('no')]]] }] },
      q: { mode: 'off', selectors: [{ args: [[0, 'Equal', [file]]] }] },
    });
    const { id } = await running.status('q');
    const change = async (mode: Mode) => {
      running.send({ type: 'set-mode', policy: id, mode });
      await running.waitForPolicy('q', (status) => status.mode === mode);
    };
    await reader.do(`open ${file}`, `read ${SOME}`);
    await change('monitor');
    await reader.do('read 2');
    await change('off');
    await reader.do(`read ${SOME}`);
    await change('monitor');
    await reader.do('read 1');
    expect(await told()).toEqual(Array(3).fill(`${file} 4`));
  });
});
