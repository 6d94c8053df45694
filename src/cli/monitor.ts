import { projectRoot } from '../agent/client.ts';
import { NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import { escapeLines } from '../events/text.ts';
import { runApp } from '../ui/app.ts';
import { loadTheme } from '../ui/theme.ts';
import type { MonitorOptions } from './commandLine.ts';
import { policyOptionsOf, policySources, RING_BYTES } from './policySources.ts';

const NO_KEYBOARD =
  'trigon: standard input is not a terminal, so there are no keys; without a screen: trigon events';

/** `trigon`: the full-screen monitor. Resolves to the exit code. */
export async function runMonitor(options: MonitorOptions): Promise<number> {
  if (!process.stdin.isTTY) {
    process.stderr.write(`${NO_KEYBOARD}\n`);
    return 1;
  }
  const theme = loadTheme(projectRoot(), themeName(options.theme));
  const result = await runApp({
    agent: {
      node: options.node,
      output: { kind: 'records' },
      ringBytes: RING_BYTES,
      ...policyOptionsOf(options),
      policies: policySources(options),
      detail: NO_DETAIL_OPTIONS,
      cgroupRate: options.cgroupRate,
      protect: [process.ppid],
    },
    theme,
    ascii: options.ascii || !isUtf8Locale(),
  });
  process[result.code === 0 ? 'stdout' : 'stderr'].write(`${escapeLines(result.text)}\n`);
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
