import { expect, test } from 'vitest';
import { mountsOf, parseMounts } from '../../../src/agent/mounts.ts';

const CONTAINER = [
  '510 480 0:45 / / rw,relatime master:3 - overlay overlay rw,lowerdir=/a - b',
  '511 510 0:60 / /mnt/a\\040b rw shared:9 - fuse.sshfs me@there:/ rw',
  '512 510 254:1 /x /data rw - ext4 /dev/vda1 rw',
].join('\n');
const HOST = '30 1 0:51 / /net rw - nfs4 server:/ rw\n31 1 0:70 / /tmp rw - tmpfs tmpfs rw';

test('which files may never be read to their end', () => {
  const mounts = parseMounts(
    () => CONTAINER,
    () => HOST,
  );
  // Devices in /proc/PID/maps are in hexadecimal digits.
  expect(mounts.mayHang('00:2d 7')).toBe(false);
  expect(mounts.mayHang('00:3c 7')).toBe(true);
  expect(mounts.mayHang('fe:01 339380')).toBe(false);
  expect(mounts.mayHang('00:33 1')).toBe(true);
  expect(mounts.mayHang('00:46 1')).toBe(false);
});

test('by paths: one mount above that may never answer is enough, whatever lies over or below it', () => {
  const mounts = parseMounts(
    () =>
      `${CONTAINER}\n513 512 0:61 / /data rw - fuse.x x rw\n514 510 0:62 / /data/in rw - tmpfs t rw`,
  );
  expect(mounts.mayHangAt('/bin/true')).toBe(false);
  expect(mounts.mayHangAt('/mnt/a b/c.so')).toBe(true);
  expect(mounts.mayHangAt('/mnt/a')).toBe(false);
  expect(mounts.mayHangAt('/data')).toBe(true);
  expect(mounts.mayHangAt('/data/lib.so')).toBe(true);
  expect(mounts.mayHangAt('/data/in/lib.so')).toBe(true);
  expect(mounts.mayHangAt('/database')).toBe(false);
  expect(parseMounts(() => '').mayHangAt('/bin/true')).toBe(true);
});

test('of a device that nobody knows: a disk is a disk, anything else is not waited for', () => {
  const mounts = parseMounts(() => '');
  expect(mounts.mayHang('fe:00 1')).toBe(false);
  expect(mounts.mayHang('103:1f 1')).toBe(false);
  expect(mounts.mayHang('00:99 1')).toBe(true);
  // memfd_create(2)
  expect(mounts.mayHang('00:01 1')).toBe(false);
});

test('the second list is read only when the first does not know', () => {
  let asked = 0;
  const mounts = parseMounts(
    () => CONTAINER,
    () => {
      asked += 1;
      return HOST;
    },
  );
  mounts.mayHang('00:2d 7');
  expect(asked).toBe(0);
  mounts.mayHang('00:33 1');
  mounts.mayHang('00:34 1');
  expect(asked).toBe(1);
});

test('of our own process', () => {
  expect(mountsOf(process.pid).mayHangAt(process.execPath)).toBe(false);
});
