import { closeSync, lstatSync, readdirSync, readSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findDistrust } from '../../agent/policies/trust.ts';
import { openRegularFile } from '../../regularFile.ts';
import type { Theme } from '../theme.ts';
import type { ColorDepth } from './color.ts';
import { parseTheme, ThemeError, type ThemeFile } from './file.ts';
import { resolveTheme, type ThemeSpec, themeAt } from './resolve.ts';

/** Where themes are looked for. */
export type ThemePlaces = {
  /** The operator's own; the first that has a theme of the name wins. They may be absent. */
  readonly folders: readonly string[];
  /** Users whose files are read there, as for policies: see `findDistrust`. */
  readonly owners: ReadonlySet<number>;
  /** The program's own folder, the last: as trustworthy as the program beside it. */
  readonly shipped: string;
};

/** Far more than any theme needs. */
const MAX_BYTES = 64 * 1024;

const ENDING = '.yaml';

/** A theme that is named by its file and not looked for. */
export const isThemePath = (name: string): boolean => name.includes('/') || name.endsWith(ENDING);

/** Names of all themes that there are, sorted, each once. */
export function themeNames({ folders, shipped }: ThemePlaces): string[] {
  const names = [...folders, shipped].flatMap((folder) =>
    listed(folder).flatMap((file) => (file.endsWith(ENDING) ? file.slice(0, -ENDING.length) : [])),
  );
  return [...new Set(names)].filter((name) => name !== '').sort();
}

/**
 * Reads a theme with all that it extends.
 *
 * @param name or a path: whoever names a file vouches for it as it is, but not for what others make of it later
 * @param isLater the theme is in use already
 * @throws ThemeError
 */
export function readTheme(name: string, places: ThemePlaces, isLater = false): ThemeSpec {
  return resolveTheme(name, (wanted, asking) => {
    if (asking !== undefined || !isThemePath(wanted)) return findTheme(wanted, places, asking);
    const path = resolve(wanted);
    if (isLater) checkTrust(path, places.owners);
    return readFile(path);
  });
}

/** @param asking the file that extends it: one that changes a theme of its own name means the one behind it */
function findTheme(
  name: string,
  { folders, owners, shipped }: ThemePlaces,
  asking: string | undefined,
): ThemeFile | undefined {
  if (name !== basename(name) || name === '' || name.startsWith('.')) return undefined;
  const paths = [...folders, shipped].map((folder) => join(folder, name + ENDING));
  const path = paths.slice(asking === undefined ? 0 : paths.indexOf(asking) + 1).find(isThere);
  if (path === undefined) return undefined;
  if (path !== paths.at(-1)) checkTrust(path, owners);
  return readFile(path);
}

/** In a folder that isn't for us there is nothing for us, as in `listed`. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function checkTrust(path: string, owners: ReadonlySet<number>): void {
  let reason: string | undefined;
  try {
    reason = findDistrust(path, owners);
  } catch (error) {
    throw new ThemeError(`${path} can not be read: ${messageOf(error)}`);
  }
  if (reason !== undefined) throw new ThemeError(`${path} ${reason}`);
}

function readFile(path: string): ThemeFile {
  return parseTheme(readText(path), path);
}

function readText(path: string): string {
  let fd: number | undefined;
  try {
    fd = openRegularFile(path);
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    if (length > MAX_BYTES)
      throw new ThemeError(`${path} is too long for a theme: more than 64 KiB`);
    return bytes.toString('utf8', 0, length);
  } catch (error) {
    if (error instanceof ThemeError) throw error;
    throw new ThemeError(`${path} can not be read: ${messageOf(error)}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it isn't there, or not for us
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** One of our own themes, in the styles of a terminal. @throws ThemeError */
export function loadTheme(root: string, name: string, depth: ColorDepth = 'truecolor'): Theme {
  const places = { folders: [], owners: new Set<number>(), shipped: join(root, 'themes') };
  return themeAt(readTheme(name, places), depth);
}
