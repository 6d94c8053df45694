import { hostname } from 'node:os';
import { libraryFolder, projectRoot } from '../agent/client.ts';
import { type AgentOptions, NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import { escapeLines } from '../events/text.ts';
import { labFolder } from '../labs/catalog.ts';
import type { Lab } from '../labs/lab.ts';
import { labSource } from '../labs/sources.ts';
import { runApp } from '../ui/app.ts';
import { loadTheme } from '../ui/theme.ts';
import type { MonitorOptions } from './commandLine.ts';
import { findOperator } from './operator.ts';
import { policyOptionsOf, policySources, RING_BYTES } from './policySources.ts';

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
      detail: NO_DETAIL_OPTIONS,
      cgroupRate: options.cgroupRate,
      protect: [process.ppid],
    },
    options,
  );
}

/** `trigon lab NAME`: the same with a narrator. Of the policies there are only the lab's own and the library's, all off. */
export async function runLabScreen(lab: Lab, look: Look): Promise<number> {
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

type Look = Pick<MonitorOptions, 'ascii' | 'theme'>;

async function runScreen(agent: AgentOptions, look: Look, lab?: Lab): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    process.stderr.write(`${process.stdin.isTTY ? NO_SCREEN : NO_KEYBOARD}\n`);
    return 1;
  }
  const result = await runApp({
    agent,
    theme: loadTheme(projectRoot(), themeName(look.theme)),
    ascii: look.ascii || !isUtf8Locale(),
    lab,
  });
  process[result.code === 0 ? 'stdout' : 'stderr'].write(`${escapeLines(result.text)}\n`);
  const [first, ...entries] = result.journal;
  if (first !== undefined)
    process.stderr.write(`${escapeLines([`trigon: ${first}`, ...entries].join('\n'))}\n`);
  return result.code;
}

/** NO_COLOR (no-color.org) and terminals without colours win over the asked theme. */
function themeName(wanted: string): string {
  return process.env.NO_COLOR || process.env.TERM === 'dumb' ? 'mono' : wanted;
}

/** The locale's encoding as setlocale(3) picks it; one that says nothing is taken for UTF-8, as terminals are today. */
function isUtf8Locale(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}
