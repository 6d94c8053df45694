import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../agent/client.ts';
import { readHomes } from '../agent/users.ts';
import { suggest } from '../suggest.ts';
import type { Display } from '../ui/display.ts';
import { createThemeBook } from '../ui/themes/book.ts';
import type { ColorDepth } from '../ui/themes/color.ts';
import { announcedGround, canBeAsked, colorDepth } from '../ui/themes/depth.ts';
import { isThemePath, type ThemePlaces, themeNames } from '../ui/themes/files.ts';
import type { LookOptions } from './lookOptions.ts';
import { UsageError } from './optionValues.ts';
import { policyOwners } from './policyFolders.ts';
import { configHome, type Environment } from './userFolders.ts';

/** Of a link of 5 KB a second something must be left for what keys do. */
const THIN_LINK = { fps: 2, bytesPerSecond: 4000 } as const;

/**
 * How the terminal is drawn on, from options and environment.
 *
 * @throws UsageError for a theme that isn't there; one that is there and wrong is told on the screen
 */
export function displayOf(look: LookOptions, env: Environment = process.env): Display {
  checkLook(look, env);
  const places = themePlaces(env);
  const depth = depthOf(look, env);
  const pace = look.lowBandwidth ? THIN_LINK : { fps: 10, bytesPerSecond: undefined };
  return {
    themes: createThemeBook({ places, depth, name: defaultTheme(depth, env) }),
    theme: look.theme,
    asksGround: hasFixedColors(depth) && announcedGround(env) === undefined && canBeAsked(env),
    pace: {
      fps: look.fps ?? pace.fps,
      bytesPerSecond: look.bytesPerSecond ?? pace.bytesPerSecond,
    },
    isThinLink: look.lowBandwidth,
  };
}

/** For a start that would have to be undone. @throws UsageError as displayOf does */
export function checkLook(look: LookOptions, env: Environment = process.env): void {
  if (look.theme !== undefined) checkTheme(look.theme, themePlaces(env));
}

/** On a thin link the sixteen colours do, whose sequences are a third as long. */
function depthOf({ colors, lowBandwidth }: LookOptions, env: Environment): ColorDepth {
  const depth = colorDepth(colors, env);
  return lowBandwidth && colors === 'auto' && depth !== 'none' ? '16' : depth;
}

const hasFixedColors = (depth: ColorDepth): boolean => depth === 'truecolor' || depth === '256';

/** The terminal's own sixteen are readable on every ground: where no more can be had, or nothing is known of the ground. */
const defaultTheme = (depth: ColorDepth, env: Environment): string =>
  (hasFixedColors(depth) ? announcedGround(env) : undefined) ?? 'terminal-16';

function themePlaces(env: Environment): ThemePlaces {
  const config = configHome(env, readHomes);
  return {
    folders: [
      ...(config === undefined ? [] : [join(config, 'trigon', 'themes')]),
      '/etc/trigon/themes',
    ],
    owners: new Set([0, process.geteuid?.() ?? 0, ...policyOwners(env)]),
    shipped: join(projectRoot(), 'themes'),
  };
}

/** @throws UsageError when there is none; what is wrong in it is told on the screen. */
function checkTheme(name: string, places: ThemePlaces): void {
  const names = themeNames(places);
  if (isThemePath(name)) {
    if (isThere(name)) return;
    const near = suggest(basename(name, '.yaml'), names);
    const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
    throw new UsageError(`--theme: there is no file "${name}"; ${hint}`);
  }
  if (names.includes(name)) return;
  const near = suggest(name, names);
  const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw new UsageError(`--theme: there is no theme "${name}"; ${hint} (or a file: ./mine.yaml)`);
}

/** What can't be looked at is there: reading it says why it can't be had. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
