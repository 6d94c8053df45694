// Draws the screens of the recorded session, and docs/gallery.md that shows them: no root, no kernel.
//   npm run gallery     needs rsvg-convert, DejaVu Sans Mono, Noto Color Emoji and Noto Sans Mono CJK
import './tsx.ts';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../test/screens/steps.ts';
import { toPalette } from './palettePng.ts';

// After the hook that lets Node read .tsx files.
const { cellsToSvg } = await import('../test/driver/png.ts');
const { openRecorded } = await import('../test/driver/recorded.ts');
const { command, policy, press, refused, type } = await import('../test/screens/steps.ts');

const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs', 'gallery');
const ZOOM = 1.25;
const MOST_BYTES = 3 << 20;

type Shot = {
  readonly name: string;
  readonly words: string;
  readonly steps: readonly Step[];
  readonly size?: readonly [number, number];
  readonly until?: 'armed' | 'end';
  readonly theme?: string;
  readonly ascii?: boolean;
};

const inDetail = (tabs: number) => [
  ...refused,
  command('row.detail'),
  press(...Array<string>(tabs).fill('tab')),
];
const toArming = [...policy('guard-shop'), command('policy.arm')];

const themes = readdirSync(join(root, 'themes'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

const SECTIONS: readonly { readonly title: string; readonly shots: readonly Shot[] }[] = [
  {
    title: 'Views',
    shots: [
      {
        name: 'stream',
        words: 'Stream: an upload is killed, then refused 500 connections.',
        steps: [command('view.stream')],
      },
      {
        name: 'tree',
        words: 'Tree: who started whom, and how it ended.',
        steps: [command('view.tree')],
      },
      {
        name: 'binaries',
        words: 'Binaries: what each program did.',
        steps: [command('view.binaries')],
      },
      {
        name: 'policies',
        words: 'Policies: what is watched, and what is armed.',
        steps: [command('view.policies')],
      },
      {
        name: 'alerts',
        words: 'Alerts: one row for all that are alike.',
        steps: [command('view.alerts')],
      },
    ],
  },
  {
    title: 'Arming a policy',
    shots: [
      { name: 'arm-1', words: 'What arming would do.', steps: toArming, until: 'armed' },
      {
        name: 'arm-2',
        words: 'Whom it would have hit.',
        steps: [...toArming, press('enter')],
        until: 'armed',
      },
      {
        name: 'arm-3',
        words: 'For how long, and when the fuse blows.',
        steps: [...toArming, press('enter', 'enter')],
        until: 'armed',
      },
      {
        name: 'arm-4',
        words: 'The policy’s name, typed.',
        steps: [...toArming, press('enter', 'enter', 'enter'), type('guard-sh')],
        until: 'armed',
      },
    ],
  },
  {
    title: 'Looking closer',
    shots: [
      {
        name: 'detail-1',
        words: 'Enter on an event: all about it, in nine tabs.',
        steps: inDetail(0),
      },
      { name: 'detail-2', words: 'Its process’s ancestors.', steps: inDetail(2) },
      { name: 'detail-3', words: 'The same as Tetragon’s JSON.', steps: inDetail(8) },
      {
        name: 'policy',
        words: 'A policy’s YAML, and how it is had on this kernel.',
        steps: [...policy('etc-writes'), command('policy.open')],
      },
      {
        name: 'trial',
        words: '`t`: a policy’s harmless trigger, run in a sandbox.',
        steps: [...policy('exec-in-tmp'), command('policy.test')],
      },
      {
        name: 'filter',
        words: '`/`: a filter, checked while it is typed.',
        steps: [command('view.stream', 'row.filter'), type('binary:kworkerds !event:exit')],
      },
    ],
  },
  {
    title: 'Finding one’s way',
    shots: [
      {
        name: 'palette',
        words: '`:`: any command by some of its letters.',
        steps: [command('app.palette'), type('pol')],
      },
      { name: 'help', words: '`?`: the keys of where one is.', steps: [command('app.help')] },
      {
        name: 'copy',
        words: '`c`: what to copy of a row.',
        steps: [...refused, command('row.copy')],
      },
    ],
  },
  {
    title: 'Themes',
    shots: themes.map((theme) => ({
      name: `theme-${theme}`,
      words: `\`--theme ${theme}\``,
      steps: [...refused],
      size: [100, 20],
      theme,
    })),
  },
  {
    title: 'Small and plain terminals',
    shots: [
      {
        name: 'small',
        words: '80 columns, 24 rows.',
        steps: [command('view.alerts')],
        size: [80, 24],
      },
      {
        name: 'ascii',
        words: '`--ascii`: a terminal that shows nothing else.',
        steps: [command('view.tree')],
        size: [80, 24],
        ascii: true,
      },
      {
        name: 'zoom',
        words: '60 columns, 15 rows, zoomed.',
        steps: [command('view.zoom')],
        size: [60, 15],
      },
    ],
  },
];

async function shoot({
  name,
  steps,
  size: [columns, rows] = [110, 28],
  until,
  theme,
  ascii,
}: Shot) {
  const screen = await openRecorded({
    ...{ columns, rows, until: until ?? 'end', theme: theme ?? 'dark', ascii: ascii ?? false },
  });
  try {
    for (const step of steps) await step(screen);
    const svg = cellsToSvg(screen.cells(), theme === 'light' ? 'light' : 'dark');
    const png = execFileSync('rsvg-convert', ['--zoom', String(ZOOM)], {
      input: svg,
      maxBuffer: 1 << 28,
    });
    writeFileSync(join(folder, `${name}.png`), toPalette(png));
  } finally {
    screen.close();
  }
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { shots } of SECTIONS) for (const shot of shots) await shoot(shot);

const total = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
if (total > MOST_BYTES) throw new Error(`the pictures have ${total} bytes`);

const page = [
  '# Gallery',
  'Real screens of one recorded session (`scripts/record-session.ts`): a shop’s host on which an upload turns out to be a miner.',
  'Made by `npm run gallery`; don’t edit.',
  ...SECTIONS.flatMap(({ title, shots }) => [
    '',
    `## ${title}`,
    ...shots.flatMap(({ name, words }) => [
      '',
      words,
      '',
      `![${words.replaceAll('`', '')}](gallery/${name}.png)`,
    ]),
  ]),
  '',
].join('\n');
const file = join(root, 'docs', 'gallery.md');
writeFileSync(file, page);
process.stdout.write(`${file}: ${readFileSync(file).length} bytes, pictures ${total} bytes\n`);
process.exit();
