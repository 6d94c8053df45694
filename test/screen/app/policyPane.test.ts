/** The policies' pane: search, full view, parameters and tests, on a library of dozens of policies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { LIMIT_MS } from '../../driver/until.ts';

const NAME = 'pane-parameters';

let folder: string;
let app: AppSession;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tgpane-'));
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, policyText(join(folder, 'watched')));
  app = await startApp(['--policy', file], { columns: 140, rows: 28 });
  app.command('view.policies');
  await untilRow(new RegExp(` ${NAME} `));
  // While policies are loaded the rows move.
  await app.waitFor((screen) => /\d policies(, \d+ files.*)?\s*$/.test(screen.at(-1) ?? ''), {
    timeoutMs: LIMIT_MS,
  });
});
afterAll(() => {
  app.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const untilRow = (pattern: RegExp) =>
  app.waitFor((screen) => screen.some((line) => pattern.test(line)), { timeoutMs: LIMIT_MS });

const policyText = (watched: string) => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ${NAME}
  annotations:
    trigon/title: Files opened in a folder
    trigon/mitre: T1005
    trigon/parameters: |
      WATCHED=${watched}/  # the folder
      MASK=2
    trigon/trigger: |
      private ${watched}
      write ${watched}/x
    trigon/near-miss: |
      read /etc/hostname
spec:
  kprobes:
  - call: security_file_permission
    syscall: false
    args: [{index: 0, type: file}, {index: 1, type: int}]
    selectors:
    - matchArgs:
      - {index: 0, operator: Prefix, values: ["\${WATCHED}"]}
      - {index: 1, operator: Equal, values: ["\${MASK}"]}
`;

test('the own policies stand above the library', async () => {
  await app.waitForText('Your own (1)');
  await untilRow(/Library \(\d+\)/);
  const rows = app.screen();
  const at = (text: string) => rows.findIndex((line) => line.includes(text));
  expect(at('Your own')).toBeLessThan(at(` ${NAME} `));
  expect(at(` ${NAME} `)).toBeLessThan(at('Library ('));
});

test('search by letters, a MITRE id, and Esc', async () => {
  app.command('policy.search');
  app.type('sudoers');
  await untilRow(/^ off .* sudoers-writes /);
  await app.waitForNoText(` ${NAME} `);
  app.press('ctrl+u');
  app.type('T1005');
  await untilRow(new RegExp(` ${NAME} `));
  app.press('enter');
  await app.waitFor((screen) => (screen[1] ?? '').includes('filter: T1005'));
  app.press('escape');
  await app.waitForText('Your own (1)');
  expect(app.screen()[1]).not.toContain('filter');
});

test('Enter shows the file behind line numbers and the plan beside it; Tab, scrolling, Esc', async () => {
  app.command('policy.open');
  await untilRow(/^ +1 +apiVersion: cilium\.io.*│/);
  await app.waitForText('On this host');
  await app.waitForText('kprobe security_file_permission');
  app.command('move.last');
  await untilRow(/matchArgs/);
  await app.waitForNoText('apiVersion');
  app.command('view.next', 'move.down');
  await app.waitForNoText('all its places are watched');
  app.command('app.back');
  await app.waitForText('Your own (1)');
});

test('t runs the trigger in a sandbox and shows what came of it', async () => {
  app.command('policy.test');
  await app.waitForText(`Test of ${NAME}`);
  await untilRow(/^ +seen /);
  await untilRow(/1 event: .*watched\/x/);
  await app.waitForText('Near miss: read /etc/hostname');
  app.press('escape');
  await app.waitForNoText(`Test of ${NAME}`);
});

test('e edits the parameters: what is wrong stays in the form, what is right is loaded', async () => {
  const elsewhere = join(folder, 'elsewhere/');
  app.command('policy.edit');
  await app.waitForText(`Parameters of ${NAME}`);
  app.press('down', 'ctrl+u');
  app.enter('many');
  await untilRow(/policy\.yaml:\d+:\d+: .*many/);
  await app.waitForText(`Parameters of ${NAME}`);
  app.press('ctrl+u', '2', 'up', 'ctrl+u');
  app.enter(elsewhere);
  await app.waitForText('runs with its new parameters');
  await app.waitForNoText(`Parameters of ${NAME}`);
  await app.waitForText(`parameter WATCHED=${elsewhere}`);
});

test('a policy without parameters says so, and quitting works from everywhere', async () => {
  app.command('policy.search');
  app.enter('sudoers');
  await untilRow(/^ off .* sudoers-writes /);
  app.command('policy.open');
  await app.waitForText('On this host');
  app.command('policy.arm');
  await app.waitForText('is off: switch it to monitor first');
  expect(await app.quit()).toBe(0);
});
