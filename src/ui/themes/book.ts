import { createFolderWatch } from '../../agent/policies/folderWatch.ts';
import { watchedPlaces } from '../../agent/policies/watchedPlaces.ts';
import { SLOTS, type Theme } from '../theme.ts';
import type { ColorDepth } from './color.ts';
import { ThemeError } from './file.ts';
import { readTheme, type ThemePlaces, themeNames } from './files.ts';
import { baseAt, type ThemeSpec, themeAt } from './resolve.ts';

/** A theme to choose. */
export type ThemeEntry = {
  readonly name: string;
  readonly description: string;
  /** Why it can't be chosen. */
  readonly problem: string | undefined;
};

/** The themes that there are, and the one in use. */
export type ThemeBook = {
  /** The styles in use: always this object, whose slots are replaced when the theme is. */
  readonly theme: Theme;
  /** SGR of the whole screen: '' leaves the terminal's own colours. */
  base(): string;
  /** Of the theme in use. */
  name(): string;
  readonly depth: ColorDepth;
  list(): readonly ThemeEntry[];
  /** @returns what is wrong with it: then the one before stays */
  use(name: string): string | undefined;
  /** Takes over what is written to the files of the theme in use from now on. */
  watch(listener: ThemeListener): void;
  close(): void;
};

export type ThemeListener = {
  /** It has changed, and is shown from now on. */
  onReload(): void;
  /** What is written now is wrong; the theme stays as it was. */
  onProblem(problem: string): void;
};

/** What is shown without colours, whatever theme is asked for. */
const COLORLESS = 'mono';

/** Of an editor that takes the file away and writes it anew only the second half counts. */
const ABSENCE_MS = 500;

type Options = {
  readonly places: ThemePlaces;
  readonly depth: ColorDepth;
  /** The theme that is in use at first: our own of this name, which can be relied upon. */
  readonly name: string;
};

/** @throws ThemeError when our own themes can't be read */
export function createThemeBook({ places, depth, name }: Options): ThemeBook {
  const shownName = (asked: string) => (depth === 'none' ? COLORLESS : asked);
  let spec = readTheme(shownName(name), { ...places, folders: [] });
  const theme: Record<string, Theme[keyof Theme]> = { ...themeAt(spec, depth) };
  let listener: ThemeListener | undefined;
  let lastProblem: string | undefined;
  let retry: NodeJS.Timeout | undefined;

  const show = (next: ThemeSpec) => {
    spec = next;
    const styles = themeAt(next, depth);
    for (const slot of SLOTS) theme[slot] = styles[slot];
    watchFiles();
  };

  /** A line has little room: of files in the known folders the name says enough. */
  const withoutFolder = (message: string): string => {
    const folder = [...places.folders, places.shipped].find((one) => message.startsWith(`${one}/`));
    return folder === undefined ? message : message.slice(folder.length + 1);
  };

  const problemOf = (act: () => void): string | undefined => {
    try {
      act();
      return undefined;
    } catch (error) {
      if (error instanceof ThemeError) return withoutFolder(error.message);
      throw error;
    }
  };

  const reload = (isRetry: boolean) => {
    clearTimeout(retry);
    let next = spec;
    const problem = problemOf(() => {
      next = readTheme(spec.name, places, true);
    });
    if (problem !== undefined && !isRetry) {
      retry = setTimeout(() => reload(true), ABSENCE_MS).unref();
      return;
    }
    const isNews = problem !== lastProblem;
    lastProblem = problem;
    if (problem !== undefined) {
      if (isNews) listener?.onProblem(problem);
    } else if (isNews || !isSame(next, spec)) {
      show(next);
      listener?.onReload();
    }
  };

  const folderWatch = createFolderWatch(() => reload(false));
  const watchFiles = () => {
    if (!listener) return;
    folderWatch.set(watchedPlaces([], spec.files));
  };

  return {
    theme: theme as Theme,
    base: () => baseAt(spec, depth),
    name: () => spec.name,
    depth,
    list: () =>
      themeNames(places).map((one) => {
        let description = '';
        const problem = problemOf(() => {
          ({ description } = readTheme(one, places));
        });
        return { name: one, description, problem };
      }),
    use(asked) {
      const problem = problemOf(() => show(readTheme(shownName(asked), places)));
      if (problem === undefined) lastProblem = undefined;
      return problem;
    },
    watch(next) {
      listener = next;
      watchFiles();
    },
    close() {
      clearTimeout(retry);
      folderWatch.close();
    },
  };
}

const isSame = (one: ThemeSpec, other: ThemeSpec): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
