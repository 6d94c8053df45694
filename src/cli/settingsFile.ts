import {
  closeSync,
  constants,
  fchownSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  createSettings,
  DEFAULT_SETTINGS,
  type Settings,
  type SettingsBook,
} from '../ui/settings.ts';
import { readSettings, writeSettings } from '../ui/settingsText.ts';
import { type HeldFolder, type Owner, openFolderOf } from './heldFolder.ts';
import { errorCode, errorReason, readSmallFile } from './smallFile.ts';
import { type Environment, stateHome, sudoGid, sudoUid } from './userFolders.ts';

const FILE = 'state.yaml';
const BROKEN = `${FILE}.broken`;
/** More than settings of their highest lengths take. */
const MOST_BYTES = 4 << 20;
/** After a change; what the last change was is saved at the end in any case. */
const SAVE_MS = 1000;

export type SettingsFile = {
  readonly book: SettingsBook;
  /** What was wrong with what the last run left. */
  readonly warnings: readonly string[];
  /** Saves what isn't saved yet. @returns why it could not be, for the operator */
  close(): string | undefined;
};

/** Settings that are forgotten. */
export const unkeptSettings = (): SettingsFile => ({
  book: createSettings(),
  warnings: [],
  close: () => undefined,
});

/**
 * The settings in `trigon/state.yaml` of whoever sits there, also under sudo(8): read now, written a second after a change and at the
 * end. What can't be read or written is told, and never ends the program.
 */
export function openSettings(env: Environment = process.env): SettingsFile {
  const home = stateHome(env);
  if (home === undefined) return unkeptSettings();
  const folder = join(home, 'trigon');
  const owner: Owner = {
    uid: sudoUid(env) ?? process.geteuid?.() ?? 0,
    gid: sudoGid(env) ?? process.getegid?.() ?? 0,
  };
  const shown = join(folder, FILE);
  const loaded = load(owner, folder, shown);
  let timer: NodeJS.Timeout | undefined;
  let unsaved: Readonly<Settings> | undefined;
  let failure: string | undefined;

  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!unsaved) return;
    try {
      write(owner, folder, writeSettings(unsaved));
      unsaved = undefined;
      failure = undefined;
    } catch (error) {
      failure = `settings are not kept: ${shown}: ${errorReason(error)}`;
    }
  };

  const book = createSettings(loaded.settings, (settings) => {
    if (!loaded.isKept) return;
    unsaved = settings;
    timer ??= setTimeout(save, SAVE_MS).unref();
  });
  return {
    book,
    warnings: loaded.warnings,
    close() {
      save();
      return failure;
    },
  };
}

type Loaded = {
  readonly settings: Settings;
  readonly warnings: readonly string[];
  /** They may be written there. */
  readonly isKept: boolean;
};

function load(owner: Owner, path: string, shown: string): Loaded {
  const none = { settings: DEFAULT_SETTINGS, warnings: [], isKept: true };
  let folder: HeldFolder | undefined;
  try {
    folder = openFolderOf(owner, path, false);
  } catch (error) {
    const warnings = [`settings are not kept: ${errorReason(error)}`];
    return { ...none, warnings, isKept: false };
  }
  if (!folder) return none;
  try {
    const { settings, warnings } = readSettings(readText(folder, owner));
    return { ...none, settings, warnings: warnings.map((text) => `${shown}: ${text}`) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return none;
    return { ...none, warnings: [`${shown}: ${errorReason(error)}${setAside(folder)}`] };
  } finally {
    folder.close();
  }
}

const readText = (folder: HeldFolder, { uid }: Owner): string =>
  readSmallFile(folder.path(FILE), MOST_BYTES, constants.O_NOFOLLOW, (file) => {
    if (file.uid !== uid && file.uid !== 0) throw new Error(`it belongs to user ${file.uid}`);
  });

/** What can't be read may still be worth something to whoever wrote it. */
function setAside(folder: HeldFolder): string {
  try {
    renameSync(folder.path(FILE), folder.path(BROKEN));
    return `; it is now ${BROKEN}, and all settings are as at first`;
  } catch (error) {
    return `; it stays there: ${errorReason(error)}`;
  }
}

/** All of it or nothing, and never through a link: a file of its own takes the place of the old one. */
function write(owner: Owner, path: string, text: string): void {
  const folder = openFolderOf(owner, path, true);
  // With `isMade` there always is one.
  if (!folder) return;
  try {
    const draft = folder.path(`.${FILE}.${process.pid}`);
    removeIfThere(draft);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const fd = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeFileSync(fd, text);
      if (process.geteuid?.() === 0) fchownSync(fd, owner.uid, owner.gid);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, folder.path(FILE));
  } finally {
    folder.close();
  }
}

/** Left by a process of this number that was killed. */
function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
