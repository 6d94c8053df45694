/** Policy folders on the real file system; what is loaded of them is only written down. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PolicySource } from '../../../../src/agent/messages.ts';
import {
  type Catalog,
  type CatalogReport,
  createCatalog,
} from '../../../../src/agent/policies/catalog.ts';
import { createFolderWatch } from '../../../../src/agent/policies/folderWatch.ts';
import { until } from '../../../driver/until.ts';

let base: string;
let folder: string;
/** What is loaded: texts by file. */
let loaded: Map<string, { text: string; mode: string; origin: string }>;
let reports: CatalogReport[];
let catalog: Catalog | undefined;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tgcat-'));
  folder = join(base, 'policies');
  mkdirSync(folder, { mode: 0o755 });
  loaded = new Map();
  reports = [];
});
afterEach(() => {
  catalog?.close();
  rmSync(base, { recursive: true, force: true });
});

const file = (name: string) => join(folder, name);

/** Whatever is called `broken` has an error. */
async function open(
  sources: PolicySource[] = [{ path: folder, mode: 'monitor', origin: 'system' }],
): Promise<void> {
  catalog = createCatalog({
    sources,
    variables: {},
    owners: new Set([0, process.getuid?.() ?? 0]),
    load({ file, source, mode, origin }) {
      const error = { file, line: 1, column: 1, field: '', message: 'it is broken' };
      if (source === 'broken') return { ids: [], problems: [error], warnings: [] };
      loaded.set(file, { text: source, mode, origin });
      return { ids: [1], problems: [], warnings: [] };
    },
    keep() {},
    remove: (gone) => void loaded.delete(gone),
    onReport: (report) => reports.push(report),
    onProblem(error) {
      throw error;
    },
  });
  reports.push(await catalog.load());
}

const textOf = (path: string) => loaded.get(path)?.text;
const becomes = async (path: string, text: string | undefined) => {
  await until(() => textOf(path) === text);
  expect(textOf(path)).toBe(text);
};
const problems = () => reports.at(-1)?.problems ?? [];
const problemsBecome = async (text: string) => {
  await until(() => problems().join('\n').includes(text));
  expect(problems().join('\n')).toContain(text);
};

describe('a folder', () => {
  test('files that are there, written anew, put in the place of others, new ones and removed ones', async () => {
    writeFileSync(file('a.yaml'), 'a1');
    writeFileSync(file('notes.txt'), 'no policy');
    writeFileSync(file('.a.yaml.swp.yaml'), "an editor's");
    await open();
    expect([...loaded]).toEqual([
      [file('a.yaml'), { text: 'a1', mode: 'monitor', origin: 'system' }],
    ]);
    writeFileSync(file('a.yaml'), 'a2');
    await becomes(file('a.yaml'), 'a2');
    writeFileSync(file('.new'), 'a3');
    renameSync(file('.new'), file('a.yaml'));
    await becomes(file('a.yaml'), 'a3');
    writeFileSync(file('b.yml'), 'b1');
    await becomes(file('b.yml'), 'b1');
    unlinkSync(file('a.yaml'));
    await becomes(file('a.yaml'), undefined);
    expect(textOf(file('b.yml'))).toBe('b1');
  });

  test('a file of a size that no policy has is not read, and what was loaded stays', async () => {
    writeFileSync(file('a.yaml'), 'good');
    await open();
    truncateSync(file('a.yaml'), 20_000_000);
    await problemsBecome("a.yaml:1:1: can't be read: it has more than 16 MB");
    expect(textOf(file('a.yaml'))).toBe('good');
  });

  test('a broken file keeps what was loaded, and its problems go when it is mended', async () => {
    writeFileSync(file('a.yaml'), 'good');
    await open();
    expect(problems()).toEqual([]);
    writeFileSync(file('a.yaml'), 'broken');
    await problemsBecome(`${file('a.yaml')}:1:1: it is broken`);
    expect(textOf(file('a.yaml'))).toBe('good');
    writeFileSync(file('a.yaml'), 'better');
    await until(() => problems().length === 0);
    expect(problems()).toEqual([]);
    expect(textOf(file('a.yaml'))).toBe('better');
  });

  test('what an editor takes away for a moment is not taken away', async () => {
    writeFileSync(file('a.yaml'), 'a1');
    await open();
    const removed: string[] = [];
    const forget = loaded.delete.bind(loaded);
    loaded.delete = (key) => {
      removed.push(key);
      return forget(key);
    };
    renameSync(file('a.yaml'), file('a.yaml~'));
    writeFileSync(file('a.yaml'), 'a2');
    await becomes(file('a.yaml'), 'a2');
    expect(removed).toEqual([]);
  });

  test('one that comes later, as a whole tree, goes and comes again', async () => {
    const late = join(base, 'etc', 'trigon', 'policies.d');
    await open([{ path: late, mode: 'monitor', origin: 'user' }]);
    expect(problems()).toEqual([]);
    mkdirSync(late, { recursive: true, mode: 0o755 });
    writeFileSync(join(late, 'a.yaml'), 'a1');
    await becomes(join(late, 'a.yaml'), 'a1');
    rmSync(join(base, 'etc'), { recursive: true });
    await becomes(join(late, 'a.yaml'), undefined);
    mkdirSync(late, { recursive: true, mode: 0o755 });
    writeFileSync(join(late, 'a.yaml'), 'a2');
    await becomes(join(late, 'a.yaml'), 'a2');
    expect(problems()).toEqual([]);
  });

  test('links that are turned to another folder, as a ConfigMap is', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(file(`..v${version}`));
      writeFileSync(file(`..v${version}/a.yaml`), `a${version}`);
    }
    symlinkSync('..v1', file('..data'));
    symlinkSync('..data/a.yaml', file('a.yaml'));
    await open();
    expect(textOf(file('a.yaml'))).toBe('a1');
    symlinkSync('..v2', file('..new'));
    renameSync(file('..new'), file('..data'));
    await becomes(file('a.yaml'), 'a2');
  });

  test('a link to a file elsewhere that is written there', async () => {
    const checkout = join(base, 'checkout');
    mkdirSync(checkout, { mode: 0o755 });
    writeFileSync(join(checkout, 'a.yaml'), 'a1');
    symlinkSync(join(checkout, 'a.yaml'), file('a.yaml'));
    await open();
    writeFileSync(join(checkout, 'a.yaml'), 'a2');
    await becomes(file('a.yaml'), 'a2');
  });
});

describe('what others can write', () => {
  test('is not loaded, and is when that is mended', async () => {
    writeFileSync(file('a.yaml'), 'a1');
    chmodSync(file('a.yaml'), 0o666);
    await open();
    expect(loaded.size).toBe(0);
    expect(problems()).toEqual([
      `${file('a.yaml')}:1:1: is not loaded: others than its owner can write ${file('a.yaml')}: chmod go-w ${file('a.yaml')}`,
    ]);
    chmodSync(file('a.yaml'), 0o644);
    await becomes(file('a.yaml'), 'a1');
    await until(() => problems().length === 0);
    expect(problems()).toEqual([]);
  });

  test('of a named file is loaded as it stands, but not as it becomes', async () => {
    writeFileSync(file('a.yaml'), 'a1');
    chmodSync(file('a.yaml'), 0o666);
    await open([{ path: file('a.yaml'), mode: 'enforce', origin: 'option' }]);
    expect(loaded.get(file('a.yaml'))).toEqual({ text: 'a1', mode: 'enforce', origin: 'option' });
    writeFileSync(file('a.yaml'), 'a2');
    await problemsBecome(`chmod go-w ${file('a.yaml')}`);
    expect(textOf(file('a.yaml'))).toBe('a1');
    chmodSync(file('a.yaml'), 0o600);
    await becomes(file('a.yaml'), 'a2');
    // --enforce was for what was there at the start.
    expect(loaded.get(file('a.yaml'))?.mode).toBe('monitor');
  });
});

test('a pipe is read once where it is named, and not at all in a folder', async () => {
  const named = join(base, 'named');
  execFileSync('mkfifo', ['-m', '600', named, file('a.yaml')]);
  const written = writeFile(named, 'p1');
  await open([
    { path: named, mode: 'monitor', origin: 'option' },
    { path: folder, mode: 'monitor', origin: 'system' },
  ]);
  await written;
  expect(textOf(named)).toBe('p1');
  expect(problems()).toEqual([`${file('a.yaml')}:1:1: is no regular file`]);
  writeFileSync(file('b.yaml'), 'b1');
  await becomes(file('b.yaml'), 'b1');
});

test('a named path that is not there is a problem, and none when it comes', async () => {
  await open([{ path: file('a.yaml'), mode: 'monitor', origin: 'option' }]);
  expect(problems().join()).toContain(`${file('a.yaml')}:1:1: can't be read`);
  writeFileSync(file('a.yaml'), 'a1');
  await becomes(file('a.yaml'), 'a1');
  await until(() => problems().length === 0);
  expect(problems()).toEqual([]);
});

test('a file that is named twice is loaded once', async () => {
  writeFileSync(file('a.yaml'), 'a1');
  const source = { path: file('a.yaml'), mode: 'monitor', origin: 'option' } as const;
  await open([source, source]);
  expect(loaded.size).toBe(1);
  expect(problems()).toEqual([`${file('a.yaml')}:1:1: is loaded already: it is named twice`]);
});

test('where no folder can be watched any more, changes are looked for', async () => {
  let calls = 0;
  const watch = createFolderWatch(() => void calls++, 0);
  try {
    expect(watch.set(new Map([[folder, 'all']]))).toBe(false);
    await until(() => calls > 1);
    expect(calls).toBeGreaterThan(1);
    watch.set(new Map());
    const after = calls;
    writeFileSync(file('a.yaml'), 'a1');
    expect(calls).toBe(after);
  } finally {
    watch.close();
  }
});
