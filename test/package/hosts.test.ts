/** Other hosts: root folders of old Debians with this kernel. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../driver/command.ts';
import { inRoot, makeRoot } from '../driver/debootstrap.ts';
import { START_LIMIT_MS } from '../driver/until.ts';
import { DEB, EXECUTABLE, ownFolder, VERSION, withTrue } from './packed.ts';

const folder = ownFolder();
const PREPARE_MS = 900_000;

describe.each(['bullseye', 'bookworm'])('%s', (suite) => {
  let root: string;
  test(
    'has nothing but a C library there',
    async () => {
      root = await makeRoot(suite, folder, true);
      const { stdout } = await inRoot(
        root,
        'ldconfig; ldconfig -p; command -v node || echo no node',
      );
      expect(stdout).toContain('libc.so.6');
      expect(stdout).not.toMatch(/libstdc\+\+|libgcc_s|libatomic|libbpf/);
      expect(stdout).toContain('no node');
    },
    PREPARE_MS,
  );

  test('the one file shows events there', async () => {
    copyFileSync(EXECUTABLE, join(root, 'trigon'));
    const { code, stdout, stderr } = await withTrue(
      inRoot(root, '/trigon events --binary "/true$" --count 3'),
      START_LIMIT_MS,
    );
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^trigon: 3 events/)]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  });

  test('and tells its version, and what the kernel allows', async () => {
    const version = await inRoot(root, '/trigon --version');
    expect([version.code, version.stderr]).toEqual([0, '']);
    expect(version.stdout).toContain(`${VERSION}\n`);
    const doctor = await inRoot(root, '/trigon doctor -o json');
    expect(JSON.parse(doctor.stdout)).toBeTypeOf('object');
  });
});

test('where there is no glibc it says so', async () => {
  const root = join(folder, 'nothing');
  mkdirSync(root);
  copyFileSync(EXECUTABLE, join(root, 'trigon'));
  const { code, stderr } = await run('chroot', [root, '/trigon', '--version']);
  expect([code, stderr]).toEqual([
    expect.toSatisfy((status: number) => status > 0),
    expect.stringMatching(/^trigon: this host has no glibc .*2\.28 or newer is needed\n$/),
  ]);
});

describe('the Debian package', () => {
  test(
    'installs, shows events, and leaves nothing when it is purged',
    async () => {
      const root = await makeRoot('bullseye', join(folder, 'deb'), false);
      copyFileSync(DEB, join(root, 'trigon.deb'));
      const installed = await inRoot(root, 'dpkg -i /trigon.deb && dpkg -L trigon');
      expect(installed.stderr).toBe('');
      for (const file of [
        '/usr/bin/trigon',
        '/usr/share/man/man1/trigon.1.gz',
        '/usr/share/bash-completion/completions/trigon',
        '/lib/systemd/system/trigon.service',
        '/usr/share/doc/trigon/copyright',
      ])
        expect(installed.stdout.split('\n')).toContain(file);
      const ran = await withTrue(
        inRoot(root, 'trigon events --binary "/true$" --count 1'),
        START_LIMIT_MS,
      );
      expect([ran.code, ran.stderr]).toEqual([0, expect.stringMatching(/^trigon: 1 events/)]);
      const unit = await inRoot(root, 'cat /lib/systemd/system/trigon.service');
      expect(unit.stdout).toContain('\nExecStart=/usr/bin/trigon agent\n');
      expect(unit.stdout).not.toContain('/opt/trigon');
      const gone = await inRoot(
        root,
        'ls -d /var/cache/trigon && dpkg -P trigon && ! ls /usr/bin/trigon /var/cache/trigon',
      );
      expect(gone.code).toBe(0);
    },
    PREPARE_MS,
  );
});
