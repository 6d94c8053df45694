import { COLOR_CHOICES, type ColorChoice } from '../ui/themes/depth.ts';
import type { Config } from './config.ts';
import { choice, type OptionValues, UsageError } from './optionValues.ts';

/** How the screen looks: options of the monitor and of labs. */
export type LookOptions = {
  ascii: boolean;
  mouse: boolean;
  screenReader: boolean;
  /** What files say: keys, and what is wrong in them. */
  config: Config;
  /** Settings are read, and kept for the next time. */
  isStateKept: boolean;
  /** Name or file of a theme; undefined: what the settings say. */
  theme: string | undefined;
  colors: ColorChoice;
  /** Frames a second; undefined: as the link allows. */
  fps: number | undefined;
  lowBandwidth: boolean;
  /** Of what happens by itself, bytes a second; undefined: no limit, or that of a thin link. */
  bytesPerSecond: number | undefined;
};

const MOST_FPS = 30;
/** More than any screen needs. */
const MOST_KB = 100_000;

/** @throws UsageError */
export function lookOptions(values: OptionValues, config: Config): LookOptions {
  const fps = values.text('fps');
  const bandwidth = values.text('bandwidth');
  return {
    ascii: values.isSet('ascii'),
    mouse: values.isSet('mouse'),
    screenReader: values.isSet('screen-reader'),
    config,
    isStateKept: !values.isSet('no-state'),
    theme: values.text('theme'),
    colors: choice('--colors', values.text('colors') ?? 'auto', COLOR_CHOICES),
    fps: fps === undefined ? undefined : numberUpTo('--fps', fps, MOST_FPS),
    lowBandwidth: values.isSet('low-bandwidth'),
    bytesPerSecond:
      bandwidth === undefined ? undefined : numberUpTo('--bandwidth', bandwidth, MOST_KB) * 1000,
  };
}

function numberUpTo(flag: string, text: string, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most)
    throw new UsageError(`${flag} must be a whole number from 1 to ${most}, not "${text}"`);
  return value;
}
