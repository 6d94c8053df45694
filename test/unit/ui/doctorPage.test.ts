/** `:doctor`: asked when it is opened, scrolled, narrowed to what is missing. */
import { describe, expect, test } from 'vitest';
import type { DoctorReport, Row } from '../../../src/agent/host/report.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { plain } from './samples.ts';
import { setUp } from './setUp.ts';

const row = (name: string, change: Partial<Row> = {}): Row => ({
  ...{ id: name, name, state: 'yes', reason: '', remedy: null },
  ...change,
});
const MISSING = { state: 'no', reason: 'not built in', remedy: 'boot another kernel' } as const;
const report: DoctorReport = {
  version: 1,
  kernel: '6.18',
  sections: [
    {
      id: 'a',
      name: 'Kernel',
      rows: [row('BTF'), row('kprobes', MISSING), row('fprobe', MISSING)],
    },
    { id: 'b', name: 'Helpers', rows: Array.from({ length: 40 }, (_, i) => row(`helper ${i}`)) },
  ],
  verdict: { works: true, lines: ['Trigon works here.'] },
};

async function open(answer?: DoctorReport | Error) {
  const made = setUp();
  made.actions.run('app.doctor');
  if (answer instanceof Error) made.doctor.reject(answer);
  else if (answer) made.doctor.resolve(answer);
  await new Promise(setImmediate);
  const { overlay } = made.state;
  const page = overlay?.kind === 'dialog' ? overlay.dialog : undefined;
  if (!page) throw new Error('no page');
  const size = { width: 80, height: 10 };
  return {
    ...made,
    page,
    lines: (width = 80, height = 60) => page.lines({ width, height }).map(plain),
    position: () => page.position?.(size),
  };
}

describe('the page', () => {
  test('says that it asks, then the verdict, the rows, and a remedy once for all below it', async () => {
    expect((await open()).lines()[0]).toContain('asking the kernel');
    const { lines } = await open(report);
    expect(lines().slice(0, 10)).toEqual([
      ' Verdict',
      '   Trigon works here.',
      '',
      ' Kernel',
      expect.stringMatching(/^ {2}BTF +yes/),
      expect.stringMatching(/^ {2}kprobes +no +not built in$/),
      expect.stringMatching(/^ +to get it: boot another kernel$/),
      expect.stringMatching(/^ {2}fprobe +no +not built in$/),
      '',
      ' Helpers',
    ]);
  });

  test('what went wrong is told', async () => {
    const { lines } = await open(new Error('no \x1b[2J privileges'));
    expect(lines()[0]).toContain('could not be found out: no \\x1b[2J privileges');
  });

  test('it scrolls, and m leaves out what works', async () => {
    const { command, press, lines, position } = await open(report);
    expect(lines(80, 10)).toHaveLength(10);
    expect(position()).toBe('lines 1–10 of 50 ');
    command('move.last');
    expect(lines(80, 10).at(-1)).toContain('helper 39');
    command('move.first');
    expect(lines(80, 10)[0]).toBe(' Verdict');
    press('m');
    expect(lines().join('\n')).not.toMatch(/helper|BTF/);
    expect(lines().join('\n')).toContain('kprobes');
    press('m');
    expect(lines().join('\n')).toContain('helper 3');
  });

  test('Esc closes it; views can be switched from it', async () => {
    const { command, state } = await open(report);
    command('app.back');
    expect(state.overlay).toBeUndefined();
    const other = await open(report);
    other.command('view.tree');
    expect(other.state).toMatchObject({ view: 'tree', overlay: undefined });
  });

  test.each([60, 80, 120, 200])(
    'at %i columns nothing is too wide, and all of it is told',
    async (width) => {
      const long = 'a reason that takes many words to be told, '.repeat(6).trim();
      const { lines } = await open({
        ...report,
        sections: [
          {
            ...{ id: 'a', name: 'Kernel' },
            rows: [row('CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS', { ...MISSING, reason: long })],
          },
        ],
      });
      const text = lines(width, 100);
      for (const line of text) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      const told = text.join(' ').replaceAll(/\s+/g, ' ');
      expect(told).toContain(long);
      expect(told).toContain('CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS');
      expect(text.map(toAscii).join('')).toMatch(/^[ -~]*$/);
    },
  );
});
