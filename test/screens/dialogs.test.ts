/** What lies over the views: dialogs, menus, details, lines being typed. */
import { describe, expect, test } from 'vitest';
import { keyOf } from '../../src/ui/commands.ts';
import { DIALOG_SCREENS, expectSound, inScreen, MENU_SCREENS, sectionOf } from './screen.ts';
import { expectSnapshot, type Section } from './snapshot.ts';
import { command, policy, press, refused, type Step, type } from './steps.ts';

type Story = {
  readonly name: string;
  /** 'armed': before anything is. */
  readonly until?: 'armed' | 'end';
  readonly screens?: typeof DIALOG_SCREENS;
  /** Each is drawn; the words must be on the screen. */
  readonly shots: readonly {
    readonly what?: string;
    readonly steps: readonly Step[];
    readonly words: string;
  }[];
};

const STORIES: readonly Story[] = [
  {
    name: 'help',
    shots: [
      { steps: [command('app.help')], words: 'switch views' },
      { what: 'end', steps: [press('end')], words: 'Quit' },
    ],
  },
  {
    name: 'palette',
    shots: [
      { steps: [command('app.palette')], words: 'Esc' },
      { what: 'typed', steps: [type('redraw')], words: 'Draw the screen anew' },
    ],
  },
  { name: 'copy', shots: [{ steps: [...refused, command('row.copy')], words: 'JSON' }] },
  {
    name: 'filter',
    shots: [
      {
        steps: [command('row.filter'), type('binary:sh !event:exit')],
        words: 'binary:sh !event:exit',
      },
      { what: 'wrong', steps: [type(' pid:(')], words: 'pid:(' },
      {
        what: 'set',
        steps: [press('ctrl+u'), type('kworkerds'), press('enter')],
        words: 'kworkerds',
      },
    ],
  },
  {
    name: 'arm',
    until: 'armed',
    shots: [
      { what: '1', steps: [...policy('guard-shop'), command('policy.arm')], words: '1 of 4' },
      { what: '2', steps: [press('enter')], words: '2 of 4' },
      { what: '3', steps: [press('enter')], words: '3 of 4' },
      { what: '4', steps: [press('enter')], words: '4 of 4' },
      { what: '4 typed', steps: [type('guard-sh')], words: 'guard-sh' },
    ],
  },
  {
    name: 'arm-added',
    until: 'armed',
    shots: [
      { what: '1', steps: [...policy('etc-writes'), command('policy.arm')], words: '1 of 4' },
    ],
  },
  {
    name: 'policy',
    shots: [
      { steps: [...policy('etc-writes'), command('policy.open')], words: 'kind: TracingPolicy' },
      { what: 'other side', steps: [command('view.next')], words: 'etc-writes' },
    ],
  },
  {
    name: 'parameters',
    shots: [{ steps: [...policy('exec-in-tmp'), command('policy.edit')], words: 'FOLDERS' }],
  },
  {
    name: 'trial',
    shots: [{ steps: [...policy('exec-in-tmp'), command('policy.test')], words: 'exec-in-tmp' }],
  },
  {
    name: 'search',
    shots: [
      { steps: [command('view.policies', 'policy.search'), type('cron')], words: 'cron-writes' },
    ],
  },
  {
    name: 'columns',
    screens: MENU_SCREENS,
    shots: [{ steps: [command('view.alerts', 'row.columns')], words: '[x] Severity' }],
  },
  {
    name: 'signal',
    screens: MENU_SCREENS,
    shots: [{ steps: [command('view.tree', 'move.down', 'row.signal')], words: 'send nothing' }],
  },
  {
    name: 'save',
    screens: MENU_SCREENS,
    shots: [{ steps: [command('view.stream', 'row.save')], words: 'JSON lines' }],
  },
  {
    name: 'named-filters',
    screens: MENU_SCREENS,
    shots: [{ steps: [command('view.stream', 'filter.named')], words: 'status!=0' }],
  },
  {
    name: 'time',
    screens: MENU_SCREENS,
    shots: [
      {
        what: 'marks',
        steps: [...refused, command('stream.mark', 'stream.marks')],
        words: 'mark 1',
      },
      { what: 'time', steps: [press('escape'), command('stream.time'), type('-2s')], words: '-2s' },
      {
        what: 'around',
        steps: [press('escape'), ...refused, command('row.around')],
        words: 'around 09:26',
      },
    ],
  },
  {
    name: 'find',
    screens: MENU_SCREENS,
    shots: [
      { steps: [command('view.stream', 'find.open'), type('tar')], words: 'find: tar' },
      { what: 'found', steps: [press('enter')], words: '/usr/bin/tar' },
    ],
  },
  {
    name: 'tags',
    screens: MENU_SCREENS,
    shots: [{ steps: [...refused, command('row.tag', 'row.tag')], words: '2 events tagged' }],
  },
  {
    name: 'binary',
    screens: MENU_SCREENS,
    shots: [
      {
        steps: [
          command('view.binaries', 'row.filter'),
          type('kworkerds'),
          press('enter'),
          command('binary.detail'),
        ],
        words: '203.0.113.7:4444',
      },
    ],
  },
  {
    name: 'theme',
    screens: MENU_SCREENS,
    shots: [
      { steps: [command('app.palette'), type('theme'), press('enter')], words: 'terminal-16' },
    ],
  },
  {
    name: 'sort',
    shots: [{ steps: [command('view.binaries', 'sort.pick')], words: 'execs' }],
  },
];

const isArmed = ({ until }: Story) => until !== 'armed';

describe.each(STORIES)('$name', (story) => {
  test('as it was reviewed', async () => {
    const sections: Section[] = [];
    for (const [size, look] of story.screens ?? DIALOG_SCREENS)
      await inScreen(size, look, story.until ?? 'end', async (screen) => {
        for (const { what, steps, words } of story.shots) {
          for (const step of steps) await step(screen);
          expect(screen.text().join('\n').toLowerCase()).toContain(words.toLowerCase());
          expectSound(screen, look, isArmed(story));
          sections.push(sectionOf(screen, size, look, what));
        }
      });
    expectSnapshot(story.name, sections);
  });
});

/** More than there are. */
const MOST_TABS = 15;

/** An event's, and a process's, which has others. */
const DETAILS: readonly (readonly [string, readonly Step[]])[] = [
  ['detail', refused],
  ['process', [command('view.tree', 'move.first', 'move.down', 'move.down')]],
];

test.each(DETAILS)('each tab: %s', async (name, steps) => {
  const sections: Section[] = [];
  for (const [size, look] of DIALOG_SCREENS)
    await inScreen(size, look, 'end', async (screen) => {
      for (const step of steps) await step(screen);
      await screen.press(keyOf('row.detail'));
      const first = screen.text().join('\n');
      for (let tab = 1; tab < MOST_TABS; tab++) {
        expectSound(screen, look, true);
        sections.push(sectionOf(screen, size, look, `tab ${tab}`));
        await screen.press(keyOf('view.next'));
        if (screen.text().join('\n') === first) return;
      }
      throw new Error(`more than ${MOST_TABS} tabs, or the first never comes again`);
    });
  expectSnapshot(name, sections);
});
