/** Where a recording may not be opened, because the agent's thread would wait for it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOpening } from '../../../src/agent/recording/opening.ts';
import { until } from '../../driver/until.ts';

const EXT4 = 0xef53;
const NFS = 0x6969;

function opened(look: (folder: string) => Promise<number>) {
  const opening = createOpening(look, 50);
  const said: string[] = [];
  const open = (path: string) =>
    opening.open(
      path,
      () => said.push(`open ${path}`),
      ({ message, remedy }) => said.push(`${message}; ${remedy}`),
    );
  return { opening, open, said };
}

test('the folder is looked at, and a file system of the network refused', async () => {
  const asked: string[] = [];
  const { open, said } = opened(async (folder) => {
    asked.push(folder);
    return folder === '/nfs' ? NFS : EXT4;
  });
  open('/local/x');
  await until(() => said.length > 0);
  open('/nfs/x');
  await until(() => said.length > 1);
  expect(asked).toEqual(['/local', '/nfs']);
  expect(said).toEqual(['open /local/x', expect.stringMatching(/\/nfs is on NFS.*local disk/)]);
});

test('one that does not answer is not waited for, and has no more than one thread', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  let asked = 0;
  const { open, said } = opened(() => {
    asked += 1;
    return promise;
  });
  open('/hung/x');
  await until(() => said.length > 0);
  expect(said[0]).toContain('/hung does not answer');
  open('/other/x');
  await until(() => said.length > 1);
  expect(said[1]).toContain('named before does not answer');
  expect(asked).toBe(1);
  resolve(EXT4);
  await nextTurn();
  open('/other/x');
  await until(() => said.length > 2);
  expect(said[2]).toBe('open /other/x');
});

test('what is cancelled meanwhile is not opened', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { opening, open, said } = opened(() => promise);
  open('/a/x');
  opening.cancel();
  resolve(EXT4);
  await nextTurn();
  open('/b/x');
  await until(() => said.length > 0);
  expect(said).toEqual(['open /b/x']);
});

test('a folder that is not there', async () => {
  const opening = createOpening();
  const refusal = await new Promise((refuse) =>
    opening.open('/no/such/folder/x', () => refuse(undefined), refuse),
  );
  expect(refusal).toMatchObject({ message: 'the folder /no/such/folder does not exist' });
});
