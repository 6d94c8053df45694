/** The folder of an export file, which others may write to: foreign files are left alone, and nobody leads it elsewhere. Needs root. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRotatingFile, type RotationOptions } from '../../src/agent/export/rotatingFile.ts';
import { until } from '../driver/until.ts';

const NOBODY = 65_534;
const START = Date.UTC(2026, 10, 21, 19, 41, 15, 123);
const LINE = Buffer.from('{"a":1}\n');

let base = '';
let folder = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'trigon-folder-'));
  folder = join(base, 'logs');
  mkdirSync(folder);
});
afterEach(() => rmSync(base, { recursive: true }));

/** A file that holds one line, so that each line rotates it. */
function open(options: Partial<RotationOptions> = {}) {
  let now = START;
  const notices: string[] = [];
  const file = createRotatingFile(
    {
      ...{ file: join(folder, 't.log'), maxBytes: LINE.length, maxBackups: 0, rotationMs: 0 },
      ...{ compress: false, mode: 0o600, ...options },
    },
    (_level, text) => void notices.push(text),
    { steady: () => now - START, wall: () => now },
  );
  return {
    file,
    notices,
    /** @returns why a line could not be written; undefined: all of them are */
    async lines(count: number): Promise<string | undefined> {
      for (let line = 0; line < count; line++) {
        now += 1000;
        const { error } = await file.append(LINE);
        if (error !== undefined) return String(error);
      }
      return undefined;
    },
  };
}

const backups = (where = folder) => readdirSync(where).filter((name) => name !== 't.log');
const foreign = (name: string, content = 'foreign') => {
  writeFileSync(join(folder, name), content);
  chownSync(join(folder, name), NOBODY, NOBODY);
};
const sticky = () => chmodSync(folder, 0o1777);

describe('files with the names of old ones', () => {
  test('of somebody else are neither counted nor touched, and say nothing about the order', async () => {
    sticky();
    const planted = [
      't-2020-01-01T00-00-00.000.log',
      't-2026-11-22T00-00-00.000.log',
      't-2026-11-22T00-00-01.000.log.gz',
      't-9999-12-31T23-59-59.999.log',
      't-2026-11-21T19-41-17.123.log.gz.part',
    ];
    for (const name of planted) foreign(name);
    symlinkSync('/nowhere', join(folder, 't-2019-01-01T00-00-00.000.log'));
    const { file, lines } = open({ maxBackups: 2 });
    expect(await lines(5)).toBeUndefined();
    const own = () => backups().filter((name) => /T19-41-\d\d\.\d{3}\.log$/.test(name));
    expect(await until(() => own().length === 2)).toBe(true);
    await file.close();
    expect(own()).toEqual(['t-2026-11-21T19-41-19.123.log', 't-2026-11-21T19-41-20.123.log']);
    for (const name of planted) expect(readFileSync(join(folder, name), 'utf8')).toBe('foreign');
    expect(backups()).toContain('t-2019-01-01T00-00-00.000.log');
  });

  test('with a second name are not compressed', async () => {
    const secret = join(base, 'secret');
    writeFileSync(secret, 'secret');
    linkSync(secret, join(folder, 't-2026-01-01T00-00-00.000.log'));
    const { file, lines } = open({ compress: true });
    await lines(2);
    expect(await until(() => backups().some((name) => name.endsWith('.gz')))).toBe(true);
    await file.close();
    expect(backups()).toEqual([
      't-2026-01-01T00-00-00.000.log',
      't-2026-11-21T19-41-17.123.log.gz',
    ]);
  });

  test('a compressed one of somebody else is not replaced, and others are compressed all the same', async () => {
    sticky();
    foreign('t-2026-01-01T00-00-00.000.log.gz');
    writeFileSync(join(folder, 't-2026-01-01T00-00-00.000.log'), 'own');
    const { file, lines, notices } = open({ compress: true });
    await lines(2);
    expect(await until(() => existsSync(join(folder, 't-2026-11-21T19-41-17.123.log.gz')))).toBe(
      true,
    );
    await file.close();
    expect(readFileSync(join(folder, 't-2026-01-01T00-00-00.000.log.gz'), 'utf8')).toBe('foreign');
    expect(notices.join()).toContain("is somebody else's");
  });

  test('of our own with a time far ahead block nothing, and go first', async () => {
    writeFileSync(join(folder, 't-9999-12-31T23-59-59.999.log'), 'own');
    const { file, lines } = open({ maxBackups: 2 });
    await lines(3);
    expect(await until(() => !backups().some((name) => name.startsWith('t-9999')))).toBe(true);
    await file.close();
    expect(backups()).toEqual(['t-2026-11-21T19-41-17.123.log', 't-2026-11-21T19-41-18.123.log']);
  });
});

describe('where it leads', () => {
  test('a folder that everybody can change is refused, unless it is sticky', async () => {
    chmodSync(folder, 0o777);
    const refused = open();
    expect(await refused.lines(1)).toContain('everybody can write to');
    await refused.file.close();
    expect(readdirSync(folder)).toEqual([]);
    sticky();
    const { file, lines } = open();
    expect(await lines(1)).toBeUndefined();
    await file.close();
  });

  test('a folder of another user, or one above it, is refused; and a link of theirs', async () => {
    chownSync(base, NOBODY, NOBODY);
    const above = open();
    expect(await above.lines(1)).toContain(`belongs to user ${NOBODY}`);
    await above.file.close();
    chownSync(base, 0, 0);
    const link = join(base, 'link');
    symlinkSync(folder, link);
    const own = open({ file: join(link, 't.log') });
    expect(await own.lines(1)).toBeUndefined();
    await own.file.close();
    rmSync(link);
    symlinkSync(folder, link);
    lchownSync(link, NOBODY, NOBODY);
    const { file, lines } = open({ file: join(link, 't.log') });
    expect(await lines(1)).toContain(`belongs to user ${NOBODY}`);
    await file.close();
  });

  test('one that takes its place while it is written is not followed when others could have put it there', async () => {
    const { file, lines } = open();
    expect(await lines(2)).toBeUndefined();
    renameSync(folder, join(base, 'moved'));
    mkdirSync(folder);
    chownSync(folder, NOBODY, NOBODY);
    await file.look();
    expect(await lines(2)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    expect(backups(join(base, 'moved'))).toHaveLength(3);
    // Root's own is.
    chownSync(folder, 0, 0);
    await file.look();
    expect(await lines(2)).toBeUndefined();
    await file.close();
    expect(existsSync(join(folder, 't.log'))).toBe(true);
    expect(backups()).toHaveLength(1);
  });
});

test('a file has one writer, also after a rotation, and the other is told who', async () => {
  const first = open();
  expect(await first.lines(2)).toBeUndefined();
  const second = open();
  const words = await second.lines(1);
  expect(words).toContain(`another Trigon, process ${process.pid}, writes`);
  await second.file.close();
  await first.file.close();
  const third = open();
  expect(await third.lines(1)).toBeUndefined();
  await third.file.close();
});
