import { expect, test } from 'vitest';
import { createLoaderRecords } from '../../../../src/agent/loader/loaderRecords.ts';
import { createProcessTable } from '../../../../src/agent/processTable.ts';
import { readValues } from '../../../../src/events/wire/values.ts';
import { tg_text_flag, tg_type } from '../../../../src/generated/layouts.ts';
import { execRecord, fileArgument, intArgument, policyRecord, value } from '../../wire/records.ts';

const mapped = (path: string, flags = 0) =>
  policyRecord([fileArgument(path, 0o100755, flags), intArgument(5n)]);

const programOf = (ktime: bigint) => createProcessTable().exec(execRecord({}, { tgid: 7, ktime }));

function open() {
  const asked: string[] = [];
  const records = createLoaderRecords({
    buildIdOf(_pid, _namespace, path) {
      asked.push(path);
      return path.includes('plain') ? undefined : Uint8Array.of(1, 2, 3);
    },
  });
  return { asked, records };
}

const buildIdIn = (record: Uint8Array | undefined) =>
  record && readValues(record).extra(tg_type.TG_TYPE_BUILD_ID)?.body;

test('once a program and file, with the build id behind the args', () => {
  const { records } = open();
  const first = programOf(100n);
  const whole = records.complete(mapped('/lib/a.so'), 7, first);
  expect(buildIdIn(whole)).toEqual(Uint8Array.of(1, 2, 3));
  expect(whole && readValues(whole).args).toHaveLength(2);
  expect(records.complete(mapped('/lib/a.so'), 7, first)).toBeUndefined();
  expect(buildIdIn(records.complete(mapped('/lib/b.so'), 7, first))).toBeDefined();
  expect(buildIdIn(records.complete(mapped('/lib/a.so'), 7, programOf(200n)))).toBeDefined();
  expect(buildIdIn(records.complete(mapped('/lib/a.so'), 8, undefined))).toBeDefined();
});

test('a file without one is told as it is', () => {
  const { records } = open();
  const record = mapped('/lib/plain');
  expect(records.complete(record, 7, undefined)).toBe(record);
});

test('a name that leads nowhere is not looked up', () => {
  const { asked, records } = open();
  for (const record of [
    mapped('/lib/deleted', tg_text_flag.TG_PATH_DELETED),
    mapped('/lib/partial', tg_text_flag.TG_PATH_PARTIAL),
    mapped('memfd:x', tg_text_flag.TG_PATH_NO_FOLDER),
    mapped(''),
    policyRecord([value('TG_TYPE_FILE', { error: 'TG_ERROR_FAULT' })]),
    policyRecord([]),
  ])
    expect(records.complete(record, 7, undefined)).toBe(record);
  expect(asked).toEqual([]);
});
