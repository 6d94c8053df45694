import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { asOwner, type FileOwner, sudoUser } from '../agent/sudoUser.ts';
import {
  createSettings,
  DEFAULT_SETTINGS,
  type Settings,
  type SettingsBook,
} from '../ui/settings.ts';
import { readSettings, writeSettings } from '../ui/settingsText.ts';
import { type HeldFolder, openFolderOf } from './heldFolder.ts';
import { errorCode, errorReason, readSmallFile } from './smallFile.ts';
import { type Environment, stateHome } from './userFolders.ts';

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
export const unkeptSettings = (warnings: readonly string[] = []): SettingsFile => ({
  book: createSettings(),
  warnings,
  close: () => undefined,
});

/**
 * The settings in `trigon/state.yaml` of whoever sits there, also under sudo(8): read now, written a second after a change and at the
 * end, with that user's rights on files. What can't be read or written is told, and never ends the program.
 */
export function openSettings(env: Environment = process.env): SettingsFile {
  const home = stateHome(env);
  if (home === undefined) return unkeptSettings();
  const owner = sudoUser(env);
  if (typeof owner === 'string') return unkeptSettings([`settings are not kept: ${owner}`]);
  const folder = join(home, 'trigon');
  const shown = join(folder, FILE);
  const loaded = asOwner(owner, () => load(uidOf(owner), folder, shown));
  let timer: NodeJS.Timeout | undefined;
  let unsaved: Readonly<Settings> | undefined;
  let failure: string | undefined;

  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!unsaved) return;
    const text = writeSettings(unsaved);
    try {
      asOwner(owner, () => write(uidOf(owner), folder, text));
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

const uidOf = (owner: FileOwner | undefined): number => owner?.uid ?? process.geteuid?.() ?? 0;

type Loaded = {
  readonly settings: Settings;
  readonly warnings: readonly string[];
  /** They may be written there. */
  readonly isKept: boolean;
};

function load(uid: number, path: string, shown: string): Loaded {
  const none = { settings: DEFAULT_SETTINGS, warnings: [], isKept: true };
  let folder: HeldFolder | undefined;
  try {
    folder = openFolderOf(uid, path, false);
  } catch (error) {
    const warnings = [`settings are not kept: ${errorReason(error)}`];
    return { ...none, warnings, isKept: false };
  }
  if (!folder) return none;
  try {
    const { settings, warnings } = readSettings(readText(folder, uid));
    return { ...none, settings, warnings: warnings.map((text) => `${shown}: ${text}`) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return none;
    return { ...none, warnings: [`${shown}: ${errorReason(error)}${setAside(folder)}`] };
  } finally {
    folder.close();
  }
}

const readText = (folder: HeldFolder, uid: number): string =>
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
function write(uid: number, path: string, text: string): void {
  const folder = openFolderOf(uid, path, true);
  // With `isMade` there always is one.
  if (!folder) return;
  try {
    const draft = folder.path(`.${FILE}.${process.pid}`);
    removeIfThere(draft);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const fd = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      try {
        writeFileSync(fd, text);
        // Else a crash of the host may leave the new name with nothing in it.
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(draft, folder.path(FILE));
    } catch (error) {
      removeIfThere(draft);
      throw error;
    }
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
