import { constants, fstatSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { escapeText } from '../../events/text.ts';
import { decompress } from './decompress.ts';
import { readEntry } from './entry.ts';
import { ReplayError, systemWords } from './error.ts';
import { descriptorInput, fileInput, growingInput, type Input, type Watcher } from './input.ts';
import { lastTime } from './lastTime.ts';
import { splitLines } from './lines.ts';
import { streamInput } from './stream.ts';

/** What is asked to be replayed. */
export type Wanted = {
  /** Files, folders, `-`. */
  readonly files: readonly string[];
  /** With each file those that were rotated away from it. */
  readonly withRotated: boolean;
  /** The last of the files may grow. */
  readonly isTailing: boolean;
  /** It is only read from the beginning to the end, once. */
  readonly isOnce: boolean;
};

export type Inputs = {
  readonly title: string;
  /** In the order in which they are to be read. */
  readonly list: readonly Input[];
  /** More may come. */
  readonly isGrowing: boolean;
  /** Time of the last event as far as that is seen at once, ns since the epoch. */
  readonly end?: bigint | undefined;
};

/** Of a folder or a set of rotated files no more are taken. */
const MAX_FILES = 10_000;
/** Files named that are left out. */
const MAX_NAMED = 3;
/** Files of which the end is looked at. */
const MAX_ENDS = 3;
/** Lines of a file that are looked at for the first event. */
const MAX_LOOKED = 1000;
const STDIN = 0;

type Options = {
  readonly watcher: (name: string) => Watcher;
  readonly note: (text: string) => void;
};

/** @throws ReplayError */
export async function openInputs(wanted: Wanted, { watcher, note }: Options): Promise<Inputs> {
  const title = titleOf(wanted.files);
  if (wanted.files.includes('-')) {
    if (wanted.files.length > 1)
      throw new ReplayError('standard input can only be replayed alone', 'leave out the files');
    const { input, isGrowing } = openStdin(wanted.isOnce, watcher('standard input'));
    return { title, list: [input], isGrowing };
  }
  const [first] = wanted.files;
  if (wanted.files.length === 1 && first !== undefined && isPipe(first))
    return {
      title,
      list: [openPipe(first, wanted.isOnce, watcher(first))],
      isGrowing: true,
    };
  const found = wanted.files.flatMap((file) => filesOf(file, wanted.withRotated));
  const paths = [...new Set(found.map(({ path }) => path))];
  const required = new Set(found.filter(({ isNamed }) => isNamed).map(({ path }) => path));
  if (paths.length > MAX_FILES)
    throw new ReplayError(`these are ${paths.length} files`, `name ${MAX_FILES} at most`);
  const sorted = paths.length > 1 ? await inOrder(paths, required, note) : paths;
  const ordered = wanted.isTailing ? growingLast(sorted, required) : sorted;
  const last = ordered.at(-1);
  const list = ordered.map((path) =>
    wanted.isTailing && path === last
      ? attempt(path, () => growingInput(path, watcher(path)))
      : checked(path),
  );
  if (list.length === 0)
    throw new ReplayError(`${title}: no file there has an event in it`, 'name the files');
  return { title, list, isGrowing: wanted.isTailing, end: endOf(ordered) };
}

/** What was named grows, and what was rotated away from it never does, even if nothing stands in the new file yet. */
function growingLast(ordered: readonly string[], named: ReadonlySet<string>): readonly string[] {
  const growing = ordered.findLast((path) => named.has(path));
  if (growing === undefined) return ordered;
  return [...ordered.filter((path) => path !== growing), growing];
}

/** Of the last file that tells one: one that was begun just now has none yet. */
function endOf(ordered: readonly string[]): bigint | undefined {
  for (const path of ordered.slice(-MAX_ENDS).reverse()) {
    const time = lastTime(path);
    if (time !== undefined) return time;
  }
  return undefined;
}

function titleOf([first = '', ...more]: readonly string[]): string {
  if (first === '-') return 'standard input';
  const name = basename(first) || first;
  return more.length === 0 ? name : `${name} and ${more.length} more`;
}

function openStdin(isOnce: boolean, watcher: Watcher): { input: Input; isGrowing: boolean } {
  const name = 'standard input';
  return attempt(name, () => {
    if (fstatSync(STDIN).isFile()) return { input: descriptorInput(name, STDIN), isGrowing: false };
    return { input: streamInput(name, STDIN, !isOnce, watcher), isGrowing: true };
  });
}

/** A named pipe, or what a shell gives for `<(zcat log.gz)`. */
function isPipe(path: string): boolean {
  return attempt(path, () => statSync(path)).isFIFO();
}

function openPipe(path: string, isOnce: boolean, watcher: Watcher): Input {
  return attempt(path, () => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return streamInput(path, fd, !isOnce, watcher);
  });
}

/** That it can be read is known before anything is shown. */
function checked(path: string): Input {
  const input = fileInput(path);
  attempt(path, () => input.open().close());
  return input;
}

function attempt<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ReplayError) throw error;
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    throw new ReplayError(
      `${name}: ${systemWords(error)}`,
      denied ? 'run it as somebody who may read it, with sudo say' : 'name a log or a recording',
    );
  }
}

/** `isNamed`: it was asked for, so that it must be shown. */
type Found = { readonly path: string; readonly isNamed: boolean };

function filesOf(path: string, withRotated: boolean): Found[] {
  const { isFolder } = attempt(path, () => ({ isFolder: statSync(path).isDirectory() }));
  if (isFolder) return filesIn(path).map((name) => ({ path: join(path, name), isNamed: false }));
  const own = { path, isNamed: true };
  if (!withRotated) return [own];
  const isRotated = rotatedFrom(basename(path));
  const others = filesIn(dirname(path)).filter(isRotated);
  return [own, ...others.map((name) => ({ path: join(dirname(path), name), isNamed: false }))];
}

const filesIn = (folder: string): string[] =>
  attempt(folder, () => readdirSync(folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

/** As Tetragon names them, `NAME-2026-11-21T03-24-37.857.log.gz`, and logrotate: `NAME.log.1.gz`, `NAME.log-20261121`. */
function rotatedFrom(file: string): (name: string) => boolean {
  const dot = file.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [file.slice(0, dot), file.slice(dot)] : [file, ''];
  return (name) => {
    const plain = name.replace(/\.(gz|zst)$/, '');
    if (plain === file) return name !== file;
    if (plain.startsWith(`${file}.`) || plain.startsWith(`${file}-`))
      return /^[.-]\d+$/.test(plain.slice(file.length));
    return (
      plain.startsWith(`${stem}-`) &&
      plain.endsWith(ending) &&
      /^\d{4}-\d\d-\d\dT[\d.-]+$/.test(plain.slice(stem.length + 1, plain.length - ending.length))
    );
  };
}

/** By the time of their first event; those that were asked for and have none go last. */
async function inOrder(
  paths: readonly string[],
  required: ReadonlySet<string>,
  note: (text: string) => void,
): Promise<string[]> {
  const timed: { path: string; time: bigint }[] = [];
  const untimed: string[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const time = await firstTime(checked(path));
    if (time !== undefined) timed.push({ path, time });
    else if (required.has(path)) untimed.push(path);
    else others.push(basename(path));
  }
  if (others.length > 0 && timed.length > 0) note(othersText(others));
  timed.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return [...timed.map(({ path }) => path), ...untimed];
}

function othersText(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).map(escapeText).join(', ');
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `left out, since they begin with no event: ${shown}${more}`;
}

/** Ns since the epoch. */
async function firstTime(input: Input): Promise<bigint | undefined> {
  const lines = splitLines(decompress(input.open(), () => {}));
  try {
    for (let looked = 0; looked < MAX_LOOKED; ) {
      const some = await lines.next();
      if (!some) return undefined;
      for (const line of some) {
        const entry = readEntry(line);
        if (entry.kind === 'event' && entry.event.time !== undefined) return entry.event.time;
        if (entry.kind === 'recorded' && entry.line.kind === 'begin')
          return BigInt(entry.line.startedAt) * 1_000_000n;
      }
      looked += some.length;
    }
    return undefined;
  } catch {
    return undefined; // reading it will say so
  } finally {
    lines.close();
  }
}
