import { decodeUtf8 } from '../../events/text.ts';
import { appendValue } from '../../events/wire/appendValue.ts';
import { namespacesOf } from '../../events/wire/processDetail.ts';
import { readValues } from '../../events/wire/values.ts';
import { tg_exec_record as EXEC, tg_text_flag as FLAG, tg_type } from '../../generated/layouts.ts';
import type { ProcessEntry } from '../processTable.ts';
import { createRecent } from '../recent.ts';
import type { MappedFiles } from './mappedFiles.ts';

/** Records of spec.loader's hook, made whole. */
export type LoaderRecords = {
  /**
   * The record with the file's build id, if it has one; undefined when the program has mapped the file before: a library is
   * mapped in several parts, and the policy tells of each file once a program.
   */
  complete(
    record: Uint8Array,
    tgid: number,
    entry: ProcessEntry | undefined,
  ): Uint8Array | undefined;
};

/** Files of programs that are remembered as told; as many as Tetragon remembers. */
const REMEMBERED = 1024;

/** The name leads to no file, or to another one. */
const NO_FILE = FLAG.TG_PATH_DELETED | FLAG.TG_PATH_PARTIAL | FLAG.TG_PATH_NO_FOLDER;

export function createLoaderRecords(files: MappedFiles): LoaderRecords {
  const told = createRecent<string, true>(REMEMBERED);
  return {
    complete(record, tgid, entry) {
      const [file] = readValues(record).args;
      if (file?.error !== 0) return record;
      const path = decodeUtf8(file.body);
      const key = `${tgid} ${entry?.ktime ?? 0n} ${path}`;
      if (told.has(key)) return undefined;
      told.set(key, true);
      if ((file.flags & NO_FILE) !== 0 || !path.startsWith('/')) return record;
      const id = files.buildIdOf(tgid, mountNamespaceOf(entry), path);
      return id ? appendValue(record, tg_type.TG_TYPE_BUILD_ID, id) : record;
    },
  };
}

/** 0: not known. */
const mountNamespaceOf = (entry: ProcessEntry | undefined): number =>
  entry && entry.record.length >= EXEC.size ? namespacesOf(entry.record).mnt : 0;
