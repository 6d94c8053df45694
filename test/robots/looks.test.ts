/** How the screen looks: themes, fewer colours, other terminals, thin links. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AppOptions, type AppSession, LAUNCHER, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import type { Cell, CellColor } from '../driver/emulator.ts';
import { startPty } from '../driver/pty.ts';
import { sharedRobot } from '../driver/robot.ts';
import { LIMIT_MS, until } from '../driver/until.ts';

const home = mkdtempSync('/tmp/tglooks-');
const folder = join(home, 'trigon', 'themes');
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(home, { recursive: true, force: true }));

const ENV = { XDG_CONFIG_HOME: home, COLORFGBG: '15;0', TMUX: undefined, STY: undefined };
const theme = (name: string, text: string) => writeFileSync(join(folder, `${name}.yaml`), text);
const titled = (color: string) => `extends: dark\nslots: { title: { color: '${color}' } }\n`;

/** The colour of the program's name, which every view has at the same place. */
const titleColor = (app: AppSession): CellColor | undefined => app.cells()[0]?.[2]?.fg;
const rgb = (color: CellColor | undefined): string =>
  color?.kind === 'rgb' ? `#${color.rgb.toString(16).padStart(6, '0')}` : String(color?.kind);
const untilTitle = (app: AppSession, color: string) =>
  until(() => rgb(titleColor(app)) === color).then((is) => expect(is).toBe(true));

const TITLES = { dark: '#5fd7d7', light: '#005f87', 'colour-blind': '#87afff' } as const;

describe('themes', () => {
  theme('mine', titled('#123456'));
  const robot = sharedRobot(() => ['--theme', 'dark', '--policy-path', 'none'], { env: ENV });

  beforeEach(async () => {
    theme('mine', titled('#123456'));
    robot.app.command('app.palette');
    robot.app.enter('theme dark');
    await untilTitle(robot.app, TITLES.dark);
  });

  const openMenu = async () => {
    robot.app.command('app.palette');
    robot.app.enter('theme');
    await robot.app.waitForText('─ Theme ');
  };
  /** Moves until the row of the cursor has this name. */
  const moveTo = async (name: string, key: 'up' | 'down') => {
    const cursorRow = () =>
      robot.app
        .cells()
        .filter((row) => row.every(({ isInverse }) => isInverse))
        .map((row) => row.map(({ text }) => text).join(''))
        .join('\n');
    const isThere = () => cursorRow().includes(`  ${name} `);
    for (let steps = 0; steps < 12 && !isThere(); steps++) {
      const before = cursorRow();
      robot.app.press(key);
      // At the end of the list it stays where it is.
      await until(() => cursorRow() !== before, { limitMs: 5000 });
    }
    expect(isThere()).toBe(true);
  };

  test('the menu shows each as the cursor comes to it, and Esc takes it back', async () => {
    await openMenu();
    await moveTo('light', 'down');
    await untilTitle(robot.app, TITLES.light);
    await moveTo('colour-blind', 'up');
    await untilTitle(robot.app, TITLES['colour-blind']);
    robot.app.command('app.back');
    await robot.app.waitForNoText('─ Theme ');
    await untilTitle(robot.app, TITLES.dark);
  });

  test('Enter keeps it, in all views and for lines that were there before', async () => {
    const marker = randomUUID();
    await run('/bin/true', [marker]);
    // Whatever else happens on this host, its rows stay where they are.
    robot.app.command('row.filter');
    await robot.app.waitForText('Enter applies');
    robot.app.enter(marker);
    await robot.app.waitForText(`/bin/true ${marker}`);
    await openMenu();
    await moveTo('light', 'down');
    robot.app.press('enter');
    await robot.app.waitForText('theme light');
    const binary = () => {
      const row = robot.app
        .screen()
        .findIndex((text) => text.includes(marker) && text.includes('process'));
      const at = robot.app.screen()[row]?.indexOf('/bin/true') ?? -1;
      // The emoji in front of it takes two cells and one or two characters.
      return robot.app
        .cells()
        [row]?.slice(at - 2, at + 4)
        .map(({ fg }) => rgb(fg));
    };
    expect(await until(() => binary()?.includes('#8700af'))).toBe(true);
    robot.app.command('view.policies');
    await robot.app.waitForText('Watches');
    expect(rgb(titleColor(robot.app))).toBe(TITLES.light);
  });

  test('one that is wrong stands there with the reason, and can not be kept', async () => {
    theme('wrong', 'extends: dark\nslots: { titel: {} }');
    await openMenu();
    await robot.app.waitForText('unknown slot titel; did you mean title?');
    await moveTo('wrong', 'down');
    robot.app.press('enter');
    await robot.app.waitForText('─ Theme ');
    robot.app.command('app.back');
    await untilTitle(robot.app, TITLES.dark);
    rmSync(join(folder, 'wrong.yaml'));
  });

  test('by name, with what is wrong about the name', async () => {
    robot.app.command('app.palette');
    robot.app.enter('theme mine');
    await untilTitle(robot.app, '#123456');
    robot.app.command('app.palette');
    robot.app.enter('theme nothing');
    await robot.app.waitForText('there is no theme nothing; themes: ');
    expect(robot.app.text()).toMatch(/themes: .*dark, .*light, .*mine/s);
    expect(rgb(titleColor(robot.app))).toBe('#123456');
  });

  test('what is saved while it is shown is seen at once; a slip is told, and nothing changes', async () => {
    robot.app.command('app.palette');
    robot.app.enter('theme mine');
    await untilTitle(robot.app, '#123456');
    theme('mine', titled('#ff0001'));
    await untilTitle(robot.app, '#ff0001');
    theme('mine', titled('rot'));
    await robot.app.waitForText('title: color: "rot" is no colour');
    expect(rgb(titleColor(robot.app))).toBe('#ff0001');
    theme('mine', titled('#00ff02'));
    await untilTitle(robot.app, '#00ff02');
    await robot.app.waitForText('theme mine has changed');
  });

  test('a file that others could write is not read, and the remedy is told', async () => {
    theme('open', titled('#111111'));
    chmodSync(join(folder, 'open.yaml'), 0o666);
    robot.app.command('app.palette');
    robot.app.enter('theme open');
    await robot.app.waitForText('open.yaml is not loaded: others than its owner can write');
    rmSync(join(folder, 'open.yaml'));
  });

  test('high-contrast paints the whole screen, the help and a detail too, and dark gives it back', async () => {
    const isPainted = (cells: Cell[][]) =>
      cells.every((row) => row.every(({ width, bg }) => width === 0 || bg.kind !== 'default'));
    const isBare = (cells: Cell[][]) =>
      cells.flat().filter(({ bg }) => bg.kind === 'default').length > cells.flat().length / 2;
    expect(isBare(robot.app.cells())).toBe(true);
    robot.app.command('app.palette');
    robot.app.enter('theme high-contrast');
    expect(await until(() => isPainted(robot.app.cells()))).toBe(true);
    for (const command of ['view.policies', 'view.binaries', 'view.stream', 'app.help'] as const) {
      const before = robot.app.text();
      robot.app.command(command);
      await robot.app.waitFor((screen) => screen.join('\n') !== before);
      expect(await until(() => isPainted(robot.app.cells())), command).toBe(true);
    }
    robot.app.command('app.back', 'app.palette');
    robot.app.enter('theme dark');
    expect(await until(() => isBare(robot.app.cells()))).toBe(true);
  });
});

let app: AppSession | undefined;
afterEach(() => app?.kill('SIGKILL'));
const start = async (args: readonly string[], options: AppOptions = {}): Promise<AppSession> => {
  const env = { ...ENV, ...options.env };
  app = await startApp(['--policy-path', 'none', ...args], {
    columns: 120,
    rows: 30,
    ...options,
    env,
  });
  return app;
};
const kinds = (session: AppSession): string[] => {
  const of = (color: CellColor): string =>
    color.kind === 'palette' ? (color.index < 16 ? '16' : '256') : color.kind;
  return [
    ...new Set(
      session
        .cells()
        .flat()
        .flatMap(({ fg, bg }) => [of(fg), of(bg)]),
    ),
  ].sort();
};

describe('colours', () => {
  test.each<[string, string[], AppOptions['env'], string[]]>([
    ['truecolor, as the terminal says', [], {}, ['default', 'rgb']],
    ['--colors 256', ['--colors', '256'], {}, ['256', 'default']],
    ['--colors 16', ['--colors', '16', '--theme', 'light'], {}, ['16', 'default']],
    ['--colors none', ['--colors', 'none', '--theme', 'light'], {}, ['default']],
    ['--colors before NO_COLOR', ['--colors', '256'], { NO_COLOR: '1' }, ['256', 'default']],
    ['the Linux console', [], { TERM: 'linux' }, ['16', 'default']],
    [
      'GNU screen in a terminal with 24 bits',
      [],
      { TERM: 'screen-256color', STY: '1.pts' },
      ['256', 'default'],
    ],
    [
      'tmux in a terminal that says nothing',
      [],
      { TERM: 'tmux-256color', TMUX: '/tmp/x,1,0', COLORTERM: undefined },
      ['256', 'default'],
    ],
  ])('%s', async (_what, args, env, wanted) => {
    const session = await start(args, env ? { env } : {});
    session.command('view.policies');
    await session.waitForText('Watches');
    expect(kinds(session)).toEqual(wanted);
    session.command('view.tree');
    await session.waitForText('Process');
    expect(kinds(session)).toEqual(wanted);
    expect(await session.quit()).toBe(0);
  });

  test('a light terminal gets the light theme', async () => {
    const session = await start([], { env: { COLORFGBG: '0;15' } });
    expect(rgb(titleColor(session))).toBe(TITLES.light);
  });

  test('one that says nothing is asked, and until it answers has its own sixteen', async () => {
    const session = await start([], { env: { COLORFGBG: undefined } });
    expect(kinds(session)).toEqual(['16', 'default']);
    expect(session.raw()).toContain('\x1b]11;?\x1b\\');
    session.type('\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\');
    await untilTitle(session, TITLES.light);
    // The answer was no key.
    expect(session.screen()[1]).toContain('1 Stream');
    expect(await session.quit()).toBe(0);
  });

  test('a dark one too; but a theme that was asked for stays', async () => {
    const dark = await start([], { env: { COLORFGBG: undefined } });
    dark.type('\x1b]11;rgb:1e1e/1e1e/2e2e\x07');
    await untilTitle(dark, TITLES.dark);
    expect(await dark.quit()).toBe(0);
    const asked = await start(['--theme', 'colour-blind'], { env: { COLORFGBG: undefined } });
    expect(asked.raw()).not.toContain('\x1b]11;');
    expect(rgb(titleColor(asked))).toBe(TITLES['colour-blind']);
    expect(await asked.quit()).toBe(0);
  });
});

describe('at start', () => {
  test('a theme that is wrong is told, and the usual one is shown', async () => {
    theme('bad', 'extends: dark\nslots: { title: { color: mauve } }');
    const session = await start(['--theme', 'bad']);
    await session.waitForText('something is wrong in your files: ? shows it');
    expect(rgb(titleColor(session))).toBe(TITLES.dark);
    // In full, as often as it is looked for.
    for (let time = 0; time < 2; time++) {
      session.command('app.help');
      await session.waitForText('Wrong in your files');
      await session.waitForText('bad.yaml: title: color: "mauve" is no colour');
      await session.waitForText('this is theme dark');
      session.command('app.back');
      await session.waitForNoText('Wrong in your files');
    }
    expect(await session.quit()).toBe(0);
  });

  test.each([
    ['lihgt', 'there is no theme "lihgt"; did you mean light?'],
    ['./lihgt.yaml', 'there is no file "./lihgt.yaml"; did you mean light?'],
  ])('one that is not there is a slip of the command line: %s', async (name, told) => {
    const session = startPty(process.execPath, [LAUNCHER, '--theme', name], {
      env: ENV,
      columns: 100,
    });
    expect((await session.exit).code).toBe(2);
    expect(session.text()).toContain(told);
  });

  test('a file of one’s own', async () => {
    writeFileSync(join(home, 'own.yaml'), titled('#abcdef'));
    const session = await start(['--theme', join(home, 'own.yaml')]);
    expect(rgb(titleColor(session))).toBe('#abcdef');
    expect(await session.quit()).toBe(0);
  });

  test('what was kept in the menu is there the next time', async () => {
    const state = { XDG_STATE_HOME: join(home, 'state') };
    const first = await start([], { env: state });
    first.command('app.palette');
    first.enter('theme colour-blind');
    await untilTitle(first, TITLES['colour-blind']);
    expect(await first.quit()).toBe(0);
    const second = await start([], { env: state });
    await untilTitle(second, TITLES['colour-blind']);
    expect(await second.quit()).toBe(0);
  });
});

describe('a thin link', () => {
  /** Some hundred events a second, until it is stopped. */
  const busy = () => {
    const stop = new AbortController();
    const work = async () => {
      while (!stop.signal.aborted) {
        await run('/bin/true', [randomUUID(), 'x'.repeat(60)]);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const done = Promise.all([work(), work()]);
    return async () => {
      stop.abort();
      await done;
    };
  };

  test('events keep to the budget, and a key is answered by what fits through the link in a moment', async () => {
    const session = await start(['--low-bandwidth'], {
      columns: 120,
      rows: 40,
      bytesPerSecond: 5000,
    });
    const calm = busy();
    try {
      await session.waitFor((screen) => screen.slice(3, -2).every((row) => row !== ''), {
        timeoutMs: LIMIT_MS,
      });
      expect(session.screen()[0]).not.toMatch(/[▁▂▃▄▅▆▇█]/);
      const [begin, from] = [performance.now(), session.raw().length];
      // Long enough for several frames.
      const isEnough = () => performance.now() - begin > 3000;
      expect(await until(isEnough)).toBe(true);
      const seconds = (performance.now() - begin) / 1000;
      const written = session.raw().length - from;
      // A second of it may have been saved up.
      expect(written).toBeLessThan((seconds + 1) * 4000 + 1000);
      expect(written).toBeGreaterThan(0);
      // A menu over the busy stream: what a key writes is the menu, not the stream anew.
      for (const [command, text] of [
        ['row.copy', 'Copy'],
        ['app.back', 'Enter detail'],
        ['app.help', 'letters narrow the list'],
      ] as const) {
        const [at, before] = [performance.now(), session.raw().length];
        session.command(command);
        await session.waitForText(text);
        const meanwhile = ((performance.now() - at) / 1000) * 4000;
        expect(session.raw().length - before, command).toBeLessThan(6000 + meanwhile);
      }
    } finally {
      await calm();
    }
  });

  test('--fps and --bandwidth are checked', async () => {
    for (const [option, value] of [
      ['--fps', '31'],
      ['--fps', '0'],
      ['--bandwidth', 'much'],
      ['--colors', 'many'],
    ] as const) {
      const session = startPty(process.execPath, [LAUNCHER, option, value], {
        env: ENV,
        columns: 100,
      });
      expect((await session.exit).code).toBe(2);
      expect(session.text()).toContain(`${option} must be`);
    }
  });
});
