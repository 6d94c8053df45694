import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NOTHING_LOST } from '../../src/agent/lost.ts';
import { hasProcess } from '../../src/events/types.ts';
import { startAgent } from '../driver/agent.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const COUNT = 20_000;

let shop: Workshop;
beforeAll(() => {
  shop = openWorkshop();
  const source = fileURLToPath(new URL('fixtures/storm.c', import.meta.url));
  compileProgram(source, shop.path('storm'));
  copyFileSync('/bin/true', shop.path('drop'));
});
afterAll(() => shop.remove());

test(`${COUNT} execs in a row: each exec and each exit once, in order, nothing lost`, async () => {
  const agent = await startAgent({ ringBytes: 16 << 20 });
  const ended = await run(shop.path('storm'), [String(COUNT), shop.path('drop')]);
  expect(ended.code).toBe(0);
  await agent.catchUp();
  const turns = (kind: string) =>
    agent.events.flatMap((event) =>
      event.kind === kind && hasProcess(event) && event.process.binary === shop.path('drop')
        ? Number(event.process.arguments)
        : [],
    );
  const expected = Array.from({ length: COUNT }, (_, turn) => turn);
  expect(turns('process_exec')).toEqual(expected);
  expect(turns('process_exit')).toEqual(expected);
  expect(await agent.stop()).toEqual(NOTHING_LOST);
});
