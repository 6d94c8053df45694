import { hostname } from 'node:os';
import { libraryFolder } from '../agent/client.ts';
import { type AgentOptions, NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import { escapeLines, escapeText } from '../events/text.ts';
import { labFolder } from '../labs/catalog.ts';
import type { Lab } from '../labs/lab.ts';
import { labSource } from '../labs/sources.ts';
import { runApp } from '../ui/app.ts';
import { rebindKeys } from '../ui/keymap.ts';
import type { MonitorOptions } from './commandLine.ts';
import { readConfig } from './config.ts';
import { displayOf } from './display.ts';
import type { LookOptions } from './lookOptions.ts';
import { findOperator } from './operator.ts';
import { policyOptionsOf, policySources, RING_BYTES } from './policySources.ts';
import { openSettings, unkeptSettings } from './settingsFile.ts';

const NO_KEYBOARD =
  'trigon: standard input is not a terminal, so there are no keys; without a screen: trigon events';
const NO_SCREEN = 'trigon: standard output is not a terminal, so there is no screen for the lab';

/** `trigon`: the full-screen monitor. Resolves to the exit code. */
export async function runMonitor(options: MonitorOptions): Promise<number> {
  return runScreen(
    {
      node: options.node,
      output: { kind: 'records' },
      ringBytes: RING_BYTES,
      ...policyOptionsOf(options),
      policies: policySources(options),
      detail: { ...NO_DETAIL_OPTIONS, environment: options.environment },
      cgroupRate: options.cgroupRate,
      protect: [process.ppid],
    },
    options,
  );
}

/** `trigon lab NAME`: the same with a narrator. Of the policies there are only the lab's own and the library's, all off. */
export async function runLabScreen(lab: Lab, look: LookOptions): Promise<number> {
  return runScreen(
    {
      node: hostname(),
      output: { kind: 'records' },
      ringBytes: RING_BYTES,
      policies: [labSource(lab), { path: libraryFolder(), mode: 'off', origin: 'library' }],
      variables: { LAB: labFolder() },
      allowNetworkActions: false,
      detail: NO_DETAIL_OPTIONS,
      protect: [process.ppid],
      operator: findOperator(),
    },
    look,
    lab,
  );
}

async function runScreen(agent: AgentOptions, look: LookOptions, lab?: Lab): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    process.stderr.write(`${process.stdin.isTTY ? NO_SCREEN : NO_KEYBOARD}\n`);
    return 1;
  }
  const config = readConfig(look.config);
  rebindKeys(config.keys);
  const settings = look.isStateKept ? openSettings() : unkeptSettings();
  const result = await runApp({
    agent,
    settings: settings.book,
    warnings: [...config.warnings, ...settings.warnings],
    display: displayOf(look),
    ascii: look.ascii || !isUtf8Locale(),
    mouse: look.mouse,
    isReader: look.screenReader || isReaderAsked(),
    lab,
  });
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
