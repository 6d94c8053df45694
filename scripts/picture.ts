// Makes the README's pictures from the real program on this kernel: a policy is armed by keys, a process of ours that writes to
// a protected file of ours is killed, and the screen is saved.
//   node scripts/picture.ts        writes docs/screen.png, docs/policies.png, docs/arming.png; needs root
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf } from '../src/ui/commands.ts';
import { savePicture } from '../test/driver/png.ts';
import { startPty } from '../test/driver/pty.ts';

const root = join(import.meta.dirname, '..');
const demo = '/tmp/trigon-demo';
const shell = join(demo, 'sh');
const POLICY = 'protect-demo';

/** Kills only the demo's own copy of the shell, and only on the demo's own folder. */
const policy = `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: { name: ${POLICY} }
spec:
  kprobes:
    - call: security_file_permission
      syscall: false
      args: [{ index: 0, type: file }, { index: 1, type: int }]
      selectors:
        - matchBinaries: [{ operator: In, values: [${shell}] }]
          matchArgs:
            - { index: 0, operator: Prefix, values: [${demo}/etc/] }
            - { index: 1, operator: Equal, values: ["2"] }
          matchActions: [{ action: Sigkill }]
`;

/** Runs a command of the demo away from our terminal, whose processes are never killed, and waits for its end. */
const run = (command: string, ...args: string[]) =>
  new Promise<void>((resolve) => {
    spawn(command, args, { detached: true, stdio: 'ignore', cwd: demo }).on('exit', () =>
      resolve(),
    );
  });

rmSync(demo, { recursive: true, force: true });
mkdirSync(join(demo, 'etc'), { recursive: true });
copyFileSync('/bin/bash', shell);
writeFileSync(join(demo, 'policy.yaml'), policy);

const app = startPty(
  'node',
  [join(root, 'bin/trigon.mjs'), '--policy', join(demo, 'policy.yaml'), '--node', 'web-1'],
  {
    columns: 120,
    rows: 30,
  },
);
try {
  // Processes are seen before policies are loaded.
  await app.waitFor('policies 1 on');
  for (const [command, ...args] of [
    ['ls', '-la', '/etc/ssh'],
    ['id', '-u'],
    ['uname', '-a'],
    ['cat', '/proc/loadavg'],
    ['date', '+%s'],
    ['grep', '-r', 'two words', '/etc/hosts'],
  ])
    await run(command ?? '', ...args);
  await run(shell, '-c', `echo 203.0.113.7 evil >> ${demo}/etc/hosts`);
  await app.waitFor('would kill');
  app.press(keyOf('view.policies'));
  await app.waitFor(POLICY);
  app.press(keyOf('policy.arm'));
  await app.waitFor('1 of 4');
  await app.waitFor('Enter goes on');
  app.press('enter');
  await app.waitFor('2 of 4');
  await app.waitFor(shell);
  const arming = app.cells();
  app.press('enter');
  await app.waitFor('3 of 4');
  app.press('enter');
  await app.waitFor('Type the policy');
  app.type(POLICY);
  app.press('enter');
  await app.waitFor('1 ARMED');
  await run('curl', '--version');
  await run(shell, '-c', `echo 203.0.113.7 evil >> ${demo}/etc/hosts`);
  await app.waitFor((screen) => screen.some((row) => /ARMED.*protect-demo.* 2 +1 +1 /.test(row)));
  const policies = app.cells();
  app.press(keyOf('view.stream'));
  await app.waitFor('KILLED');
  const stream = app.cells();
  app.press(keyOf('app.quit'));
  await app.exit;
  savePicture(policies, join(root, 'docs', 'policies.png'));
  savePicture(arming, join(root, 'docs', 'arming.png'));
  savePicture(stream, join(root, 'docs', 'screen.png'));
} finally {
  app.kill('SIGKILL');
  rmSync(demo, { recursive: true, force: true });
}
process.exit();
