import { expect, test } from 'vitest';
import { terminalName } from '../../../src/cli/operator.ts';
import { policyFolders, policyOwners } from '../../../src/cli/policyFolders.ts';

const homes = () => new Map([[1000, '/home/alice']]);
const pathsOf = (...given: Parameters<typeof policyFolders>) =>
  policyFolders(...given).map(({ path }) => path);

test("the system's and the user's", () => {
  expect(policyFolders(undefined, { HOME: '/home/bob' }, homes)).toEqual([
    { path: '/etc/trigon/policies.d', mode: 'monitor', origin: 'system' },
    { path: '/home/bob/.config/trigon/policies', mode: 'monitor', origin: 'user' },
  ]);
  const config = { HOME: '/home/bob', XDG_CONFIG_HOME: '/conf' };
  expect(pathsOf(undefined, config, homes)[1]).toBe('/conf/trigon/policies');
  const relative = { HOME: '/home/bob', XDG_CONFIG_HOME: 'conf' };
  expect(pathsOf(undefined, relative, homes)[1]).toBe('/home/bob/.config/trigon/policies');
});

test('under sudo it is the folder of whoever called it, and their files are trusted', () => {
  const sudo = { HOME: '/root', SUDO_UID: '1000', SUDO_USER: 'alice' };
  expect(process.geteuid?.()).toBe(0);
  expect(pathsOf(undefined, sudo, homes)[1]).toBe('/home/alice/.config/trigon/policies');
  expect(policyOwners(sudo)).toEqual([1000]);
  expect(policyOwners({ SUDO_UID: '1000; rm' })).toEqual([]);
  // A user of a directory service has no line in /etc/passwd.
  expect(pathsOf(undefined, { ...sudo, SUDO_UID: '2000' }, homes)).toEqual([
    '/etc/trigon/policies.d',
  ]);
});

test('other folders in their place, or none', () => {
  expect(pathsOf('/a:/b:', {}, homes)).toEqual(['/a', '/b']);
  expect(pathsOf('none', {}, homes)).toEqual([]);
  expect(pathsOf('./none', {}, homes)).toEqual(['./none']);
});

test.each([
  [0, undefined],
  [0x8803, '/dev/pts/3'],
  [0x8900, '/dev/pts/256'],
  [0x10_8800, '/dev/pts/256'],
  [0x0401, '/dev/tty1'],
  [0x0440, '/dev/ttyS0'],
  [0x0500, undefined],
])('terminal %i', (device, name) => expect(terminalName(device)).toBe(name));
