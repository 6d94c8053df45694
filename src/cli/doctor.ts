import { examineHost } from '../agent/host/doctor.ts';
import type { DoctorReport, Row, State } from '../agent/host/report.ts';
import { objectsFolder } from '../agent/workerFiles.ts';
import { escapeLines } from '../events/text.ts';
import type { DoctorOptions } from './commandLine.ts';

/** `trigon doctor`: needs no worker and leaves nothing behind. Exit code 0: the process sensor runs here. */
export function runDoctor(options: DoctorOptions): number {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error; // A reader that has seen enough (head, less) is no mistake.
  });
  // A signal waits until the trials are over, which takes a moment: ended in between they would leave a cgroup behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(1));
  let report: DoctorReport;
  try {
    report = examineHost(objectsFolder());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`trigon: ${escapeLines(message)}\n`);
    return 1;
  }
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const text =
    options.output === 'json'
      ? JSON.stringify(report, null, 2)
      : table(report, width, options.color);
  process.stdout.write(`${text}\n`);
  return report.verdict.works ? 0 : 1;
}

/** The state stands there in words; colour only repeats it. */
const COLORS: Readonly<Record<State, string>> = {
  yes: '\x1b[32m',
  no: '\x1b[31m',
  partly: '\x1b[33m',
  unknown: '\x1b[35m',
};
const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

const STATE_WIDTH = 'unknown'.length;
/** Narrower than this the reasons can't be read: then the lines are as long as they are. */
const REASON_WIDTH_MIN = 20;

/**
 * A remedy is said once where several rows in a row fail for one reason.
 * @param width of the terminal; infinite: nothing is wrapped, so that each row stays findable with grep.
 */
export function table(report: DoctorReport, width: number, color: boolean): string {
  const paint = (style: string, text: string) => (color ? `${style}${text}${PLAIN}` : text);
  const names = report.sections.flatMap(({ rows }) => rows.map(({ name }) => name.length));
  const nameWidth = Math.min(Math.max(...names), Math.max(12, Math.floor(width / 3)));
  const indent = ' '.repeat(2 + nameWidth + 2 + STATE_WIDTH + 2);
  const room = width - indent.length < REASON_WIDTH_MIN ? width : width - indent.length;

  const printRow = ({ name, state, reason, remedy }: Row, index: number, rows: Row[]): string => {
    const above = rows[index - 1];
    const known = remedy === null || (above?.reason === reason && above.remedy === remedy);
    const head = `  ${name.padEnd(nameWidth)}  ${paint(COLORS[state], state)}${' '.repeat(STATE_WIDTH - state.length)}  `;
    const notes = [...wrap(reason, room), ...(known ? [] : wrap(`to get it: ${remedy}`, room))];
    const fits = name.length <= nameWidth;
    const first = fits
      ? `${head}${notes.shift() ?? ''}`
      : `  ${name}\n${head.replace(name, ' '.repeat(nameWidth))}${notes.shift() ?? ''}`;
    return [first, ...notes.map((note) => `${indent}${note}`)]
      .map((line) => line.trimEnd())
      .join('\n');
  };

  const sections = report.sections.map(({ name, rows }) =>
    [paint(BOLD, name), ...rows.map(printRow)].join('\n'),
  );
  const verdict = report.verdict.lines.flatMap((line) => wrap(line, width));
  return [...sections, [paint(BOLD, 'Verdict'), ...verdict].join('\n')].join('\n\n');
}

/** Breaks a text at spaces, and within words that are longer than a line. Nothing in it can control the terminal. */
function wrap(text: string, width: number): string[] {
  return escapeLines(text)
    .split('\n')
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = '';
      for (const word of paragraph.split(' ').flatMap((whole) => cut(whole, width))) {
        if (line !== '' && line.length + 1 + word.length > width) {
          lines.push(line);
          line = word;
        } else line = line === '' ? word : `${line} ${word}`;
      }
      return [...lines, line];
    });
}

function cut(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  return [word.slice(0, width), ...cut(word.slice(width), width)];
}
