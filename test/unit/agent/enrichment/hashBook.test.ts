import { expect, test } from 'vitest';
import { createHashBook } from '../../../../src/agent/enrichment/hashBook.ts';
import type { HashQuestion } from '../../../../src/agent/enrichment/messages.ts';
import { createFactBook } from '../../../../src/agent/factBook.ts';
import { tg_exec_record as EXEC } from '../../../../src/generated/layouts.ts';

const program = (tgid: number, change: { inode?: bigint; ctime?: bigint; mnt?: number } = {}) => {
  const path = Buffer.from('/bin/tool');
  const record = new Uint8Array(EXEC.size + 2 * path.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(EXEC.at.exe_inode, change.inode ?? 7n, true);
  view.setBigUint64(EXEC.at.exe_ctime, change.ctime ?? 99n, true);
  view.setBigUint64(EXEC.at.exe_size, 1000n, true);
  view.setUint32(EXEC.at.namespaces.mnt, change.mnt ?? 5, true);
  view.setUint16(EXEC.at.filename_length, path.length, true);
  view.setUint16(EXEC.at.exe_length, path.length, true);
  record.set(path, EXEC.size);
  record.set(path, EXEC.size + path.length);
  return { tgid, start: 1n, record };
};
const HASH = 'ab'.repeat(32);

test('one question for all processes that run a file, and one fact', () => {
  const asked: HashQuestion[] = [];
  const book = createHashBook((question) => asked.push(question) > 0, 5);
  for (const pid of [1, 2, 3]) book.saw(program(pid));
  expect(asked).toEqual([
    {
      key: '0:7:1000:99',
      pid: 1,
      start: 1n,
      file: { device: 0, inode: 7n, size: 1000n, changed: 99n },
      path: '/bin/tool',
    },
  ]);
  const key = asked[0]?.key ?? '';
  expect(book.answer(key, HASH)).toEqual([{ kind: 'sha256', executable: key, sha256: HASH }]);
  book.saw(program(4));
  expect(asked).toHaveLength(1);
  // Changed since: another content.
  book.saw(program(5, { ctime: 100n }));
  expect(asked).toHaveLength(2);
});

test('a path of another mount namespace is none here', () => {
  const asked: HashQuestion[] = [];
  const book = createHashBook((question) => asked.push(question) > 0, 5);
  book.saw(program(1, { mnt: 6 }));
  expect(asked[0]?.path).toBe('');
});

test('no answer, or nobody to ask: the next process asks again', () => {
  let isThere = false;
  let asked = 0;
  const book = createHashBook(() => {
    if (isThere) asked += 1;
    return isThere;
  }, 0);
  book.saw(program(1));
  isThere = true;
  book.saw(program(2));
  expect(asked).toBe(1);
  expect(book.answer('0:7:1000:99', undefined)).toEqual([]);
  book.saw(program(3));
  book.reset();
  book.saw(program(4));
  expect(asked).toBe(3);
});

test('a million different programs: what is under way is bounded', () => {
  let asked = 0;
  const book = createHashBook(() => {
    asked += 1;
    return true;
  }, 0);
  const one = program(1);
  const view = new DataView(one.record.buffer);
  for (let inode = 0n; inode < 1_000_000n; inode++) {
    view.setBigUint64(EXEC.at.exe_inode, inode, true);
    book.saw(one);
  }
  expect(asked).toBe(2048);
});

test('whatever is not asked for any more is known to the facts, after however many executables', () => {
  const asked: HashQuestion[] = [];
  const book = createHashBook((question) => asked.push(question) > 0, 5);
  const facts = createFactBook();
  const programs = Array.from({ length: 10_000 }, (_, at) => program(at, { inode: BigInt(at) }));
  for (const each of programs) {
    book.saw(each);
    facts.learn(book.answer(asked.at(-1)?.key ?? '', HASH));
  }
  expect(asked).toHaveLength(programs.length);
  const isTakenAsTold = (each: ReturnType<typeof program>) => {
    const count = asked.length;
    book.saw(each);
    if (asked.length === count) return true;
    // Else it would wait, and there is an end to how many may.
    book.answer(asked.at(-1)?.key ?? '', undefined);
    return false;
  };
  const told = programs.filter(isTakenAsTold);
  expect(told.length).toBeGreaterThan(1000);
  expect(told.filter(({ record }) => facts.sha256(record) === undefined)).toEqual([]);
});
