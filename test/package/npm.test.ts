/** The npm package, installed for everybody as `npm i -g` does it, below a folder of the test's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, succeed } from '../driver/command.ts';
import { START_LIMIT_MS } from '../driver/until.ts';
import { ownFolder, TARBALL, VERSION, withTrue } from './packed.ts';

const folder = ownFolder();
const INSTALL_MS = 600_000;

test(
  'npm i -g: nothing is built, and events come',
  async () => {
    // node_modules/.bin comes first under npm: the npm there is to be the system's.
    const PATH = (process.env.PATH ?? '')
      .split(':')
      .filter((each) => !each.endsWith('node_modules/.bin'))
      .join(':');
    const env = { ...process.env, PATH, TRIGON_AGENT_SOCKET: 'none', TRIGON_POLICY_PATH: 'none' };
    await succeed(
      'npm',
      [
        ...['install', '--global', '--prefix', folder, '--prefer-offline', '--ignore-scripts'],
        ...['--no-audit', '--no-fund', TARBALL],
      ],
      { cwd: folder, env },
    );
    const trigon = join(folder, 'bin', 'trigon');
    expect(existsSync(join(folder, 'lib', 'node_modules', 'trigon', 'build', 'trigon.node'))).toBe(
      true,
    );
    const version = await run(trigon, ['--version'], { cwd: folder, env });
    expect([version.code, version.stderr]).toEqual([0, '']);
    expect(version.stdout).toMatch(new RegExp(`^${VERSION}\ncommit +[0-9a-f]{40}`));
    const events = await withTrue(
      run(trigon, ['events', '--binary', '/true$', '--count', '2'], { cwd: folder, env }),
      START_LIMIT_MS,
    );
    expect([events.code, events.stderr]).toEqual([0, expect.stringMatching(/^trigon: 2 events/)]);
    const tried = await run(trigon, ['policy', 'test', 'cron-writes'], { cwd: folder, env });
    expect(tried.stdout).toMatch(/cron-writes.*\bseen\b/);
  },
  INSTALL_MS,
);
