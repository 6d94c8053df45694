/** Policies on several functions of one program share links (uprobe.multi where the kernel has it): needs root and clang. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';

const source = fileURLToPath(new URL('fixtures/twoFunctions.c', import.meta.url));
let folder: string;
let program: string;
let agent: AgentUnderTest | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-groups-'));
  program = join(folder, 'two-functions');
  compileProgram(source, program);
});

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function policy(name: string, symbols: readonly string[]) {
  const path = join(folder, `${name}.yaml`);
  const spec = { uprobes: [{ path: program, symbols }] };
  const kind = 'TracingPolicy';
  writeFileSync(
    path,
    JSON.stringify({ apiVersion: 'cilium.io/v1alpha1', kind, metadata: { name }, spec }),
  );
  return { path, mode: 'monitor' as const };
}

/** Policy and function of what a run of the program made, sorted. */
async function hitsOfRun(): Promise<string[]> {
  agent?.forgetEvents();
  await run(program, []);
  await agent?.catchUp();
  return (agent?.events ?? [])
    .flatMap((event) =>
      event.kind === 'process_uprobe' ? [`${event.policyName} ${event.symbol}`] : [],
    )
    .sort();
}

test('one policy leaves a shared link, and the others are told of each call once', async () => {
  const policies = [policy('both', ['first', 'second']), policy('one', ['first'])];
  agent = await startAgent({ policies });
  expect(agent.problems).toEqual([]);
  expect(await hitsOfRun()).toEqual(['both first', 'both second', 'one first']);
  const { id } = await agent.status('both');
  agent.send({ type: 'set-mode', policy: id, mode: 'off' });
  await agent.waitForPolicy('both', ({ mode }) => mode === 'off');
  expect(await hitsOfRun()).toEqual(['one first']);
  agent.send({ type: 'set-mode', policy: id, mode: 'monitor' });
  await agent.waitForPolicy('both', ({ mode }) => mode === 'monitor');
  expect(await hitsOfRun()).toEqual(['both first', 'both second', 'one first']);
});

test('a function that is not there is told of, and leaves the others their probes', async () => {
  agent = await startAgent({ policies: [policy('half', ['first', 'no_such_function', 'second'])] });
  expect(await hitsOfRun()).toEqual(['half first', 'half second']);
  const status = await agent.status('half');
  expect(status.condition).toBe('partially_enabled');
  const failed = status.hooks.flatMap(({ points }) =>
    points.filter(({ state }) => state === 'failed'),
  );
  expect(failed.map(({ functionName }) => functionName)).toEqual(['no_such_function']);
});
