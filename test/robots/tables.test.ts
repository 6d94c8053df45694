/** The views that are tables: their order, their columns, all about one program, copying; and the doctor. Needs root and a built dist/. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandId, keyOf } from '../../src/ui/commands.ts';
import { type Ended, run } from '../driver/command.ts';
import { sharedRobot } from '../driver/robot.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import { untilRow } from '../screen/app/stream.ts';

const folder = mkdtempSync(join(tmpdir(), 'tgtab-'));
const name = basename(folder).toLowerCase();
const path = (...parts: string[]) => join(folder, ...parts);
/** A shell that only this test runs, and that its policy is about. */
const program = path('own-sh');

/** Sees where the program connects to, and what it writes in a folder that only this test has. */
const policyText = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ${name}
  annotations: { trigon/severity: high }
spec:
  kprobes:
  - call: tcp_connect
    syscall: false
    args: [{index: 0, type: sock}]
    selectors:
    - matchBinaries: [{operator: In, values: [${program}]}]
  - call: security_file_permission
    syscall: false
    args: [{index: 0, type: file}, {index: 1, type: int}]
    selectors:
    - matchBinaries: [{operator: In, values: [${program}]}]
      matchArgs:
      - {index: 0, operator: Prefix, values: [${path('data')}/]}
      - {index: 1, operator: Equal, values: ["2"]}
`;

const robot = sharedRobot(
  () => {
    mkdirSync(path('data'));
    copyFileSync('/bin/bash', program);
    writeFileSync(path('policy.yaml'), policyText);
    return ['--policy', path('policy.yaml')];
  },
  // As over SSH: the terminal's own clipboard is used.
  {
    env: {
      SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22',
      DISPLAY: undefined,
      WAYLAND_DISPLAY: undefined,
    },
  },
);

let server: Server;
beforeAll(async () => {
  server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const port = (): number => {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server does not listen');
  return address.port;
};

/** The program runs another one, connects, writes, and ends with a code of its own. */
const act = (code: number): Promise<Ended> =>
  run(program, [
    '-c',
    `/bin/true ${name}; exec 3<>/dev/tcp/127.0.0.1/${port()}; echo x >> '${path('data', 'file')}'; exit ${code}`,
  ]);

const patient = { timeoutMs: LIMIT_MS };
const body = () => robot.app.screen().slice(3, -2);
const head = () => robot.app.screen()[3] ?? '';
const hasText = (pattern: RegExp) => robot.app.screen().some((row) => pattern.test(row));
const untilText = (pattern: RegExp) => robot.app.waitFor(() => hasText(pattern), patient);
const untilHead = (pattern: RegExp) => robot.app.waitFor(() => pattern.test(head()), patient);

const activeTab = () =>
  (robot.app.cells()[1] ?? [])
    .filter((cell) => cell.isInverse)
    .map((cell) => cell.text)
    .join('');
const open = async (id: CommandId, title: string) => {
  robot.app.command(id);
  await robot.app.waitFor(() => activeTab().includes(title), patient);
  // Of an earlier scenario.
  robot.app.command('app.back');
};

const filter = async (text: string) => {
  robot.app.command('row.filter');
  await robot.app.waitForText('Enter applies');
  robot.app.enter(text);
  await robot.app.waitForNoText('Enter applies');
};

/** Binaries with nothing but the program, which has run. */
const ownRow = async (): Promise<void> => {
  await open('view.binaries', 'Binaries');
  await filter(`binary=${program}`);
  await robot.app.waitFor(
    () => body()[1]?.includes('own-sh') === true && body()[2] === '',
    patient,
  );
};

/** What has the cursor: a row, or a part of it in a page of two columns. */
const cursor = (): string =>
  robot.app
    .cells()
    .slice(3, -1)
    .map((row) =>
      row
        .filter((cell) => cell.isInverse)
        .map((cell) => cell.text)
        .join(''),
    )
    .filter((marked) => marked.length > 20)
    // A menu stands below the row that it is about.
    .at(-1) ?? '';
const untilCursor = (pattern: RegExp) => robot.app.waitFor(() => pattern.test(cursor()), patient);

const isMenuOpen = (title: string) => hasText(new RegExp(`─ ${title} ─`));
/** Number of the entry with the cursor, as the footer tells it, which is painted last. */
const position = () => Number(/ (\d+) of \d+ ?$/.exec(robot.app.screen().at(-1) ?? '')?.[1] ?? 0);
/** Moves the cursor of a menu or a page down to an entry. */
const moveTo = async (entry: RegExp) => {
  robot.app.press('home');
  await robot.app.waitFor(() => position() === 1 && cursor() !== '', patient);
  for (let at = 2; !entry.test(cursor()); at++) {
    robot.app.press('down');
    await robot.app.waitFor(() => position() === at && cursor() !== '', patient);
  }
};
/** Moves the menu's cursor to an entry. */
const point = async (title: string, entry: RegExp) => {
  await robot.app.waitFor(() => isMenuOpen(title), patient);
  await moveTo(entry);
};

describe('order', () => {
  test('the picker sorts by what is chosen, and the same again the other way round', async () => {
    await act(0);
    const { app } = robot;
    await open('view.binaries', 'Binaries');
    await untilHead(/[▼▲]/);
    app.command('sort.pick');
    await point('Sort by', /name/);
    app.press('enter');
    await untilHead(/Binary▲/);
    app.command('sort.pick');
    await untilCursor(/name .*▲ ascending/);
    app.press('enter');
    await untilHead(/Binary▼/);
    app.command('sort.pick');
    await point('Sort by', / execs/);
    app.press('enter');
    await untilHead(/Execs▼/);
  });

  test('I turns it round inside the picker too; < and > go beside hidden columns', async () => {
    const { app } = robot;
    await open('view.binaries', 'Binaries');
    app.command('sort.pick');
    await point('Sort by', / denials/);
    app.press('enter');
    await untilHead(/Denied▼/);
    app.command('sort.pick', 'sort.reverse');
    await untilHead(/Denied▲/);
    await app.waitFor(() => isMenuOpen('Sort by'));
    app.command('app.back', 'sort.next');
    // Not by all events, which are not shown at first.
    await untilHead(/Ev\/s▼/);
    app.command('sort.previous');
    await untilHead(/Denied▼/);
    app.press(':');
    app.enter('sort execs');
    await untilHead(/Execs▼/);
  });

  test('alerts have their own order', async () => {
    const { app } = robot;
    await untilText(/policies 1 on/);
    await act(0);
    await open('view.alerts', 'Alerts');
    await untilHead(/Seen/);
    app.command('sort.pick');
    await point('Sort by', / target/);
    app.press('enter');
    await untilHead(/Target▲/);
    app.command('sort.pick');
    await point('Sort by', / last seen/);
    app.press('enter');
    await untilHead(/Seen▼/);
  });
});

test('siblings in the tree and policies in their group have an order too', async () => {
  const { app } = robot;
  await open('view.tree', 'Tree');
  app.command('sort.pick');
  await point('Sort by', / events of the process/);
  app.press('enter');
  await untilText(/running, \d+ ended by events ▼/);
  app.command('sort.pick');
  await point('Sort by', / start, among siblings/);
  app.press('enter');
  await untilText(/running, \d+ ended ?$/);
  await open('view.policies', 'Policies');
  await untilText(/Library \(\d+\)/);
  app.command('sort.pick');
  await point('Sort by', / severity/);
  app.press('enter');
  await untilText(/by severity ▼/);
  // The worst of the library comes first.
  const first = () => body()[body().findIndex((row) => row.includes('Library (')) + 1] ?? '';
  await app.waitFor(() => first().includes(' crit '), patient);
  app.command('sort.pick');
  await point('Sort by', / name/);
  app.press('enter');
  await app.waitFor(() => first().includes('aslr-off'), patient);
});

describe('columns', () => {
  test('Space takes one away and gives it back; the choice outlives a visit elsewhere', async () => {
    const { app } = robot;
    await open('view.binaries', 'Binaries');
    await untilHead(/Exits/);
    app.command('row.columns');
    await point('Columns', /\[x\] Exits/);
    app.press('space');
    await app.waitFor(() => !head().includes('Exits') && /\[ \] Exits/.test(cursor()), patient);
    app.command('app.back', 'view.tree', 'view.binaries');
    await app.waitFor(() => head().includes('Execs') && !head().includes('Exits'), patient);
    app.command('row.columns');
    await app.waitFor(() => isMenuOpen('Columns'));
    app.press('delete');
    await untilHead(/Exits/);
  });

  test('in the stream process ids can be had: those of the real processes', async () => {
    const { app } = robot;
    app.command('row.columns');
    await point('Columns', /\[ \] PID/);
    app.press('space');
    app.command('app.back');
    await app.waitForNoText('─ Columns');
    let pid = 0;
    const row = await untilRow(
      app,
      (line) => line.includes(`exec-with-pid-${name}`),
      async () => {
        ({ pid } = await run('/bin/true', [`exec-with-pid-${name}`]));
      },
    );
    expect(row).toMatch(new RegExp(`\\.\\d{3} +${pid} +🚀`));
    app.command('row.columns');
    await app.waitFor(() => isMenuOpen('Columns'));
    app.press('delete');
    app.command('app.back');
    await app.waitForNoText('─ Columns');
  });

  test('tree and policies have theirs', async () => {
    const { app } = robot;
    await open('view.tree', 'Tree');
    app.command('row.columns');
    await point('Columns', /\[ \] Started/);
    app.press('space');
    await untilHead(/Started/);
    await untilText(/ \d\d:\d\d:\d\d | \d\d-\d\d /);
    app.press('delete');
    app.command('app.back');
    await app.waitFor(() => !head().includes('Started'), patient);
    await open('view.policies', 'Policies');
    await untilHead(/Places/);
    app.command('row.columns');
    await point('Columns', /\[x\] Places/);
    app.press('enter');
    await app.waitFor(() => !head().includes('Places'), patient);
    app.press('delete');
    app.command('app.back');
    await untilHead(/Places/);
  });
});

describe('all about a program', () => {
  test('Enter tells whom it ran, how it ended, where it connected to and what it wrote', async () => {
    const { app } = robot;
    await act(3);
    await ownRow();
    app.command('binary.detail');
    await untilText(/Programs it ran/);
    await untilText(/ \d+ ━+ +\/bin\/true/);
    await untilText(/ \d+ ━+ +exit 3/);
    await untilText(new RegExp(` \\d+ ━+ +127\\.0\\.0\\.1:${port()}`));
    await untilText(/ \d+ ━+ +.*data\/file/);
    await untilText(new RegExp(` \\d+ ━+ +${name}`));
    await untilText(/ \d+ ━+ +root/);
    expect(body()[0]).toContain(program);
    expect(body()[1]).toMatch(/ \d+ execs? .* failed/);
  });

  test('its numbers go on while it is shown', async () => {
    const { app } = robot;
    await act(4);
    await ownRow();
    app.command('binary.detail');
    await untilText(/ 1 ━+ +exit 4/);
    await act(4);
    await untilText(/ 2 ━+ +exit 4/);
    await untilText(/events\/s .*[▂▃▄▅▆▇█]/);
  });

  test('Enter on an address shows those events alone, Esc the page again, and the stream has all', async () => {
    const { app } = robot;
    await act(5);
    await ownRow();
    app.command('binary.detail');
    await untilText(/Addresses/);
    await untilCursor(/true/);
    app.press('right');
    await untilCursor(/127\.0\.0\.1/);
    app.press('enter');
    await app.waitFor(
      ([, tabs = '']) => activeTab().includes('Stream') && tabs.includes('value:127.0.0.1'),
      patient,
    );
    const rows = () => body().filter((row) => row.trim() !== '');
    await app.waitFor(
      () => rows().length > 0 && rows().every((row) => row.includes(`127.0.0.1:${port()}`)),
      patient,
    );
    app.command('app.back');
    await untilText(/Programs it ran/);
    expect(activeTab()).toContain('Binaries');
    app.command('view.stream');
    await app.waitFor(
      ([, tabs = '']) => activeTab().includes('Stream') && !tabs.includes('filter:'),
      patient,
    );
  });

  test('Enter on how it ended shows those exits', async () => {
    const { app } = robot;
    await act(6);
    await ownRow();
    app.command('binary.detail');
    await untilText(/exit 6/);
    await moveTo(/exit 6/);
    app.press('enter');
    await app.waitFor(([, tabs = '']) => tabs.includes('status:6'), patient);
    await untilText(/own-sh .* 6/);
  });

  test('e: its events in the stream, from the row and from its page; Esc on the page: back', async () => {
    const { app } = robot;
    await act(0);
    await ownRow();
    app.command('binary.events');
    await app.waitFor(
      ([, tabs = '']) => activeTab().includes('Stream') && tabs.includes(`binary=${program}`),
      patient,
    );
    await untilText(/🚀 process +.*own-sh/);
    app.command('app.back');
    await ownRow();
    app.command('binary.detail');
    await untilText(/Programs it ran/);
    app.command('app.back');
    await app.waitForNoText('Programs it ran');
    expect(activeTab()).toContain('Binaries');
    app.command('binary.detail');
    await untilText(/Programs it ran/);
    app.press(keyOf('binary.events'));
    await app.waitFor(() => activeTab().includes('Stream'), patient);
  });

  test('on the smallest screen it can be read and scrolled', async () => {
    const { app } = robot;
    await act(0);
    app.resize(60, 15);
    try {
      await ownRow();
      app.command('binary.detail');
      await untilText(/Programs it ran/);
      app.command('move.last');
      await untilCursor(new RegExp(name));
      app.command('move.first');
      await untilCursor(/true/);
    } finally {
      app.resize(120, 40);
      await app.waitFor((screen) => (screen[2] ?? '').length >= 120, patient);
    }
  });
});

test('a program’s trend shows when it runs, and passes', async () => {
  const { app } = robot;
  await ownRow();
  const trend = () => /[▁▂▃▄▅▆▇█]{10}/.exec(body()[1] ?? '')?.[0] ?? '';
  const newest = () => /.*[▂-█]/.exec(trend())?.[0].length ?? 0;
  await act(0);
  await app.waitFor(() => newest() >= 9, patient);
  // It moves to the left without another event.
  await app.waitFor(() => newest() > 0 && newest() < 9, patient);
});

describe('copying', () => {
  const choose = async (what: string): Promise<string> => {
    const { app } = robot;
    const before = app.clipboard().length;
    app.command('row.copy');
    await point('Copy', new RegExp(`\\d +${what} `));
    app.press('enter');
    await app.waitFor(() => app.clipboard().length > before, patient);
    await untilText(new RegExp(`copied the ${what} by OSC 52`));
    return app.clipboard().at(-1) ?? '';
  };

  test('of a program: its path, and its counters as JSON', async () => {
    await act(0);
    await ownRow();
    expect(await choose('path')).toBe(program);
    const counters = JSON.parse(await choose('JSON'));
    expect(counters).toMatchObject({ binary: program });
    expect(counters.execs).toBeGreaterThan(0);
  });

  test('of a program in its page, which is there again afterwards', async () => {
    await act(0);
    await ownRow();
    robot.app.command('binary.detail');
    await untilText(/Programs it ran/);
    expect(await choose('path')).toBe(program);
    expect(JSON.parse(await choose('JSON'))).toMatchObject({ binary: program });
    await untilText(/Programs it ran/);
  });

  test('of an alert: its target, and the filter of its events', async () => {
    await act(0);
    await open('view.alerts', 'Alerts');
    await filter('target:data/file');
    await untilText(/data\/file/);
    expect(await choose('target')).toBe(path('data', 'file'));
    expect(await choose('filter')).toContain(`policy:${name} binary:${program}`);
  });

  test('of a policy: its name and its file', async () => {
    await open('view.policies', 'Policies');
    robot.app.command('move.first');
    await untilCursor(new RegExp(name));
    expect(await choose('name')).toBe(name);
    expect(await choose('file')).toBe(path('policy.yaml'));
  });
});

test('the doctor asks, tells, scrolls, and narrows; events go on meanwhile', async () => {
  const { app } = robot;
  app.press(':');
  app.enter('doctor');
  await untilText(/asking the kernel|Verdict/);
  await untilText(/Trigon works here/);
  await untilText(/BTF.* yes /);
  app.command('move.last');
  await untilText(/Trigon's own programs/);
  app.press('m');
  await app.waitFor(() => !hasText(/ yes /) && hasText(/Verdict/), patient);
  await app.waitFor(([header = '']) => header.includes('lost 0'), patient);
  const seen = await until(async () => {
    await run('/bin/true', [name]);
    return / [1-9]\d* ev\/s/.test(app.screen()[0] ?? '');
  });
  expect(seen).toBe(true);
  app.command('app.back');
  await app.waitForNoText('Verdict');
});
