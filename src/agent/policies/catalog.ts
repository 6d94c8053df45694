import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { formatPolicyError, type PolicyError } from '../../policies/model.ts';
import type { PolicySource } from '../messages.ts';
import {
  type Entry,
  isFileError,
  isWatched,
  laterMode,
  mayBeEmpty,
  NO_FILE,
  newEntry,
  signatureOf,
} from './catalogEntry.ts';
import { createFolderWatch } from './folderWatch.ts';
import type { LoadResult } from './load.ts';
import { fileProblem, listPolicyPath, readPolicyFile, unreadable } from './policyFiles.ts';
import type { PolicyText } from './reloadSteps.ts';
import { findDistrust } from './trust.ts';
import { watchedPlaces } from './watchedPlaces.ts';

/**
 * The policy files of all sources: which there are, what is wrong with them, and what is loaded of them. Those of the operator's are
 * watched, and loaded anew when they change.
 */
export type Catalog = {
  /** Loads all, one file a turn of the event loop: events are drained meanwhile. Watches from then on. */
  load(): Promise<CatalogReport>;
  close(): void;
};

/** Lines as compilers print them, of all files. */
export type CatalogReport = { problems: string[]; warnings: string[] };

type CatalogOptions = {
  sources: readonly PolicySource[];
  variables: PolicyText['variables'];
  /** Whose files are loaded from the folders that are looked for by themselves. */
  owners: ReadonlySet<number>;
  /** Makes what is loaded of a file what it says now. */
  load(text: PolicyText, isStart: boolean): LoadResult;
  /** What is loaded of a file stays, though this is wrong with it now. */
  keep(file: string, problems: readonly string[]): void;
  /** Takes away what is loaded of a file. */
  remove(file: string): void;
  /** What is wrong has changed since. */
  onReport(report: CatalogReport): void;
  onProblem(error: unknown): void;
};

/** An editor may take a file away and write it anew: its policies stay so long. */
const ABSENCE_MS = 500;

export function createCatalog(options: CatalogOptions): Catalog {
  const { sources } = options;
  const entries = new Map<string, Entry>();
  let missingSources: PolicyError[] = [];
  let isClosed = false;
  let isStart = true;
  let scanning: Promise<void> | undefined;
  let isDue = false;
  let absence: NodeJS.Timeout | undefined;
  let lastReport: CatalogReport | undefined;

  const watch = createFolderWatch(() => void rescan());
  const watched = sources.filter(isWatched);

  const readAnew = (file: string, entry: Entry) => {
    const { source } = entry;
    const isOperators = source.origin === 'system' || source.origin === 'user';
    const signature = signatureOf(file);
    const distrusted = (): PolicyError | undefined => {
      const reason = findDistrust(file, options.owners);
      return reason === undefined ? undefined : fileProblem(file, reason);
    };
    const wrong = (error: PolicyError) => {
      entry.problems = [error];
      options.keep(file, [formatPolicyError(error)]);
    };
    if (isOperators) {
      // Reading a pipe could take for ever.
      const error = signature === NO_FILE ? fileProblem(file, `is ${NO_FILE}`) : distrusted();
      if (error) {
        entry.signature = undefined;
        return wrong(error);
      }
    }
    if (signature !== undefined && signature === entry.signature) return;
    entry.signature = signature;
    // Whoever names a file vouches for it as it is, not for what others make of it later.
    const late = !isStart && !isOperators ? distrusted() : undefined;
    if (late) {
      entry.signature = undefined;
      return wrong(late);
    }
    const read = source.text === undefined ? readPolicyFile(file) : { source: source.text };
    if (read.source === undefined) return wrong(read.error);
    if (read.source === entry.text && entry.problems.length === 0) return;
    entry.text = read.source;
    const { ids, problems, warnings } = options.load(
      {
        source: read.source,
        file,
        mode: laterMode(source.mode, isStart),
        origin: source.origin ?? 'option',
        variables: options.variables,
      },
      isStart,
    );
    entry.problems = problems;
    // Of what waits switched off nobody asked anything yet.
    if (ids.length > 0) entry.warnings = source.mode === 'off' ? [] : warnings;
  };

  const lookForFiles = (): Map<string, PolicySource> => {
    const found = new Map<string, PolicySource>();
    missingSources = [];
    for (const source of isStart ? sources : watched) {
      const listing =
        source.text === undefined ? listPolicyPath(source.path) : { files: [source.path] };
      if (listing.error && !(listing.isNothing && mayBeEmpty(source)))
        missingSources.push(listing.error.error);
      for (const file of listing.files) {
        if (!found.has(file)) found.set(file, source);
        else missingSources.push(fileProblem(file, 'is loaded already: it is named twice'));
      }
    }
    return found;
  };

  const dealWithMissing = (found: ReadonlyMap<string, PolicySource>) => {
    const now = performance.now();
    for (const [file, entry] of entries) {
      if (!isWatched(entry.source)) continue;
      if (found.has(file)) {
        entry.missingSince = undefined;
        continue;
      }
      entry.missingSince ??= now;
      if (now - entry.missingSince < ABSENCE_MS) {
        clearTimeout(absence);
        absence = setTimeout(() => void rescan(), ABSENCE_MS).unref();
        continue;
      }
      entries.delete(file);
      options.remove(file);
    }
  };

  const scanOnce = async () => {
    const found = lookForFiles();
    dealWithMissing(found);
    for (const [file, source] of found) {
      await setImmediate();
      if (isClosed) return;
      const entry = entries.get(file) ?? newEntry(source);
      entries.set(file, entry);
      try {
        readAnew(file, entry);
      } catch (error) {
        if (!isFileError(error)) throw error;
        // It went away meanwhile: the next look finds it gone.
        entry.problems = [unreadable(file, error).error];
      }
    }
  };

  const scan = async () => {
    do {
      isDue = false;
      await scanOnce();
      if (isClosed) return;
      isStart = false;
      const files = [...entries].flatMap(([file, { source }]) => (isWatched(source) ? [file] : []));
      const paths = watched.map(({ path }) => path);
      // What happened before a folder was watched is found by another look.
      if (watch.set(watchedPlaces(paths, files))) isDue = true;
    } while (isDue);
  };

  const report = (): CatalogReport => {
    const all = [...entries.values()];
    const problems = [...all.flatMap((entry) => entry.problems), ...missingSources];
    const warnings = all.flatMap((entry) => entry.warnings);
    return {
      problems: problems.map(formatPolicyError),
      warnings: warnings.map(formatPolicyError),
    };
  };

  const reportChange = () => {
    const now = report();
    if (isDeepStrictEqual(now, lastReport)) return;
    lastReport = now;
    options.onReport(now);
  };

  const rescan = async () => {
    isDue = true;
    if (scanning || isClosed || isStart) return;
    scanning = scan();
    try {
      await scanning;
      if (!isClosed) reportChange();
    } catch (error) {
      options.onProblem(error);
    } finally {
      scanning = undefined;
    }
  };

  return {
    async load() {
      scanning = scan();
      await scanning;
      scanning = undefined;
      lastReport = report();
      return lastReport;
    },
    close() {
      isClosed = true;
      clearTimeout(absence);
      watch.close();
    },
  };
}
