import { escapeLines, escapeText } from '../events/text.ts';
import type { Lab } from '../labs/lab.ts';
import { runApp } from '../ui/app.ts';
import { rebindKeys } from '../ui/keymap.ts';
import type { EventSource } from '../ui/source.ts';
import { displayOf } from './display.ts';
import { ownKeyboard } from './keyboard.ts';
import type { LookOptions } from './lookOptions.ts';
import { complain, screenObstacle } from './screenObstacle.ts';
import { openSettings, unkeptSettings } from './settingsFile.ts';

/** The screen on any source of events. Resolves to the exit code. */
export async function runScreen(
  source: EventSource,
  look: LookOptions,
  lab?: Lab,
): Promise<number> {
  // What is replayed may come from standard input.
  const keyboard = source.kind === 'replay' ? ownKeyboard() : undefined;
  const obstacle = keyboard && process.stdout.isTTY ? undefined : screenObstacle();
  if (obstacle !== undefined) return complain(obstacle);
  const { config } = look;
  rebindKeys(config.keys);
  const settings = look.isStateKept ? openSettings() : unkeptSettings();
  const result = await runApp({
    source,
    settings: settings.book,
    warnings: [...config.warnings, ...settings.warnings],
    display: displayOf(look),
    ascii: look.ascii || !isUtf8Locale(),
    mouse: look.mouse,
    isReader: look.screenReader || isReaderAsked(),
    keyboard,
    lab,
  });
  // It would keep the program running.
  keyboard?.destroy();
  process[result.code === 0 ? 'stdout' : 'stderr'].write(`${escapeLines(result.text)}\n`);
  const [first, ...entries] = result.journal;
  if (first !== undefined)
    process.stderr.write(`${escapeLines([`trigon: ${first}`, ...entries].join('\n'))}\n`);
  const unkept = settings.close();
  if (unkept !== undefined) process.stderr.write(`${escapeText(`trigon: ${unkept}`)}\n`);
  return result.code;
}

/** As programs made with Ink are asked. */
function isReaderAsked(): boolean {
  const { INK_SCREEN_READER } = process.env;
  return INK_SCREEN_READER === '1' || INK_SCREEN_READER === 'true';
}

/** The locale's encoding as setlocale(3) picks it; one that says nothing is taken for UTF-8, as terminals are today. */
function isUtf8Locale(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}
