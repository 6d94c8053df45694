import type { CommandId } from '../../src/ui/commands.ts';
import type { AppSession } from '../driver/app.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import type { Random } from '../screen/terminal/random.ts';
import { MOST_LEVELS, START_SIZE } from './subject.ts';

/** One thing that an operator does at the screen, from the views and back to them. None of them arms, signals or ends anything. */
export type Scene = {
  readonly name: string;
  play(app: AppSession, random: Random): Promise<void>;
};

const SIZES = { columns: [60, 220], rows: [15, 60] } as const;

const VIEWS: readonly [CommandId, ...CommandId[]] = [
  'view.stream',
  'view.tree',
  'view.binaries',
  'view.policies',
  'view.alerts',
];
const MOVES: readonly [CommandId, ...CommandId[]] = [
  ...(['move.down', 'move.up', 'move.pageDown', 'move.pageUp'] as const),
  ...(['move.halfDown', 'move.halfUp', 'move.first', 'move.last'] as const),
];
/** Without the letter that quits, and none begins with the mark that disarms all: in an empty filter it still does. */
const FILTERS: readonly [string, ...string[]] = [
  ...(['event:exec', 'brief', 'pid>1 !brief', 'binary:load', 'event:exit exit:0'] as const),
  ...(['soak-files', 'pid>1 OR uid:0', 'names', '写真'] as const),
];
const THEMES: readonly [string, ...string[]] = ['dark', 'light', 'high-contrast', 'mono'];

const isLive = ([header = '']: readonly string[]) => /live|paused/.test(header);

/** A view may ask for more room than there is, and some scenes need all of the screen. */
const move = (app: AppSession, random: Random, count: number) => {
  for (let at = 0; at < count; at++) app.command(random.pick(MOVES));
};

/** Types a line behind a prompt, which a command opens. */
export async function typeInto(
  app: AppSession,
  id: CommandId,
  prompt: string,
  text: string,
): Promise<void> {
  app.command(id);
  await app.waitForText(prompt);
  app.enter(text);
}

/** Whatever is open is closed; the stream follows new events. */
export async function goHome(app: AppSession): Promise<void> {
  app.resize(START_SIZE.columns, START_SIZE.rows);
  for (let level = 0; level < MOST_LEVELS; level++) app.command('app.back');
  app.command('view.stream', 'app.back', 'app.back', 'move.last');
  await app.waitFor(isLive, { timeoutMs: LIMIT_MS });
  // `paused` may be of a frame before these keys, and one more then pauses what is live: it has to stand for a while.
  for (let tries = 0; tries < 10; tries++) {
    if (await until(() => app.screen()[0]?.includes('live'), { limitMs: 2000 })) return;
    app.command('stream.pause', 'move.last');
  }
  throw new Error(`the stream stays paused:\n${app.screen().join('\n')}`);
}

/** Runs a command as it is typed behind `:`. */
export async function runTyped(app: AppSession, words: string): Promise<void> {
  app.command('app.palette');
  await app.waitForText('Esc closes');
  app.enter(words);
}

export const SCENES: readonly [Scene, ...Scene[]] = [
  {
    name: 'views',
    async play(app, random) {
      for (let at = 0; at < 4; at++) {
        app.command(random.pick(VIEWS));
        move(app, random, 3);
        await app.waitFor(isLive, { timeoutMs: LIMIT_MS });
      }
    },
  },
  {
    name: 'resize',
    async play(app, random) {
      for (let at = 0; at < 3; at++) {
        const between = ([least, most]: readonly [number, number]) =>
          least + random.below(most - least + 1);
        app.resize(between(SIZES.columns), between(SIZES.rows));
        await app.waitFor((screen) => (screen.at(-1) ?? '') !== '', { timeoutMs: LIMIT_MS });
      }
    },
  },
  {
    name: 'filter',
    async play(app, random) {
      app.command(random.pick(['view.stream', 'view.tree', 'view.binaries', 'view.alerts']));
      const text = random.pick(FILTERS);
      await typeInto(app, 'row.filter', 'filter: ', text);
      await app.waitFor(([, line = '']) => line.includes('filter: '), { timeoutMs: LIMIT_MS });
      move(app, random, 2);
    },
  },
  {
    name: 'detail',
    async play(app, random) {
      app.command(random.pick(['view.stream', 'view.tree']), 'stream.pause', 'move.last');
      app.command('row.detail');
      for (let at = 0; at < 5; at++)
        app.command(random.pick(['view.next', 'move.down', 'detail.next', 'detail.previous']));
      await app.waitFor(isLive, { timeoutMs: LIMIT_MS });
    },
  },
  {
    name: 'binary',
    async play(app, random) {
      app.command('view.binaries', 'binary.detail');
      move(app, random, 2);
      app.command('app.back', 'sort.next', 'sort.reverse', 'binary.events');
      await app.waitFor(isLive, { timeoutMs: LIMIT_MS });
    },
  },
  {
    name: 'find',
    async play(app, random) {
      app.command('view.stream');
      await typeInto(app, 'find.open', 'find: ', random.pick(['brief', 'load', 'names']));
      app.command('find.next', 'find.previous');
      await app.waitFor(isLive, { timeoutMs: LIMIT_MS });
    },
  },
  {
    name: 'policies',
    async play(app, random) {
      // The first one may have been removed just now: then its view closes again.
      const isOpen = await until(() => {
        app.command('view.policies', 'move.first', 'policy.open');
        return until(() => app.text().includes('On this host'), { limitMs: 5000 });
      });
      if (!isOpen) throw new Error(`a policy's view does not open:\n${app.shown()}`);
      move(app, random, 2);
    },
  },
  {
    name: 'help',
    async play(app, random) {
      app.command('app.help');
      await app.waitForText('letters narrow');
      move(app, random, 2);
    },
  },
  {
    name: 'theme',
    async play(app, random) {
      await runTyped(app, `theme ${random.pick(THEMES)}`);
      await app.waitFor(isLive, { timeoutMs: LIMIT_MS });
    },
  },
  {
    name: 'marks',
    async play(app) {
      app.command('view.stream', 'stream.pause', 'stream.mark', 'row.tag', 'row.around');
      app.command('around.wider', 'around.narrower', 'around.tree', 'app.back', 'stream.mark');
      app.command('row.untag', 'stream.pause', 'view.zoom', 'view.zoom');
      await app.waitFor(isLive, { timeoutMs: LIMIT_MS });
    },
  },
];
