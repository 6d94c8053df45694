import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { clientOf } from '../../../src/agent/client.ts';
import type { FromAgent } from '../../../src/agent/messages.ts';
import { until } from '../../driver/until.ts';

/** A worker in the agent's place that runs this, and what it has been heard to say. */
function begin(code: string, stopMs = 3000) {
  const heard: FromAgent[] = [];
  const worker = new Worker(code, { eval: true });
  return { heard, client: clientOf(worker, (message) => void heard.push(message), { stopMs }) };
}

test('an agent that is too busy to stop in order is ended, and that is no crash', async () => {
  const { heard, client } = begin('for (;;);', 50);
  await client.stop();
  expect(heard).toEqual([]);
});

test('one that ends by itself has crashed, and it is told once', async () => {
  const { heard, client } = begin('process.exit(3)');
  expect(await until(() => heard.length > 0)).toBe(true);
  expect(heard).toMatchObject([{ type: 'failed', message: 'the agent ended with code 3' }]);
  await client.stop();
  expect(heard).toHaveLength(1);
});
