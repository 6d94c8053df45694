/** What redaction filters hide is nowhere: not in what the agent sends to a screen, not in lines. Needs root. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ProcessDescription } from '../../src/agent/inspect/types.ts';
import {
  type FromAgent,
  NO_DETAIL_OPTIONS,
  type TargetAnswer,
  type TreeProcess,
} from '../../src/agent/messages.ts';
import { decodeEvent } from '../../src/events/json.ts';
import { type Event, hasProcess } from '../../src/events/types.ts';
import { startAgent } from '../driver/agent.ts';
import { watchAggregates } from '../driver/aggregates.ts';
import { startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';

/** Its own program, so that nobody else's processes are meant. */
let tool: string;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgredaction-'));
  tool = join(folder, 'tool');
  copyFileSync('/bin/sh', tool);
});
afterEach(() => {
  for (const { pid } of children.splice(0)) {
    try {
      if (pid) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filter = () => ({ binaryRegex: [`^${tool}$`], redact: ['(?:--token|TOKEN)[= ](\\S+)'] });

/** A shell that waits, with the secret in its arguments and its environment. */
function start(secret: string, script: string): ChildProcess {
  const child = spawn(tool, ['-c', script, '--token', secret, `--token=${secret}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { TOKEN: secret, PLAIN: 'shown' },
  });
  children.push(child);
  return child;
}

const WAIT = 'read line';
/** Another shell as its child, and then another program in the same process. */
const forkAndExec = () => `(read line) & exec ${tool} -c 'read line' "$0" "$1"`;

const isOf =
  ({ pid }: ChildProcess) =>
  (event: Event) =>
    event.kind === 'process_exec' && event.process.pid === pid;

const SHOWN = expect.stringContaining('--token *****');

test('a screen gets nothing of it: not in events, the tree, details, targets, or anything else', async () => {
  const secret = randomUUID();
  const seen = watchAggregates();
  const descriptions = new Map<number, ProcessDescription>();
  const targets = new Map<number, TargetAnswer>();
  const leaks: string[] = [];
  const check = (message: FromAgent) => {
    const text =
      message.type === 'records'
        ? Buffer.from(message.buffer.slice(0, message.bytes)).toString('latin1')
        : JSON.stringify(message, (_key, value: unknown) =>
            typeof value === 'bigint' ? String(value) : value,
          );
    if (text.includes(secret)) leaks.push(message.type);
  };
  const before = start(secret, WAIT);
  const agent = await startAgent(
    { redaction: [filter()], detail: { ...NO_DETAIL_OPTIONS, environment: true } },
    (message) => {
      check(message);
      seen.onMessage(message);
      if (message.type === 'description') descriptions.set(message.request, message);
      if (message.type === 'target') targets.set(message.request, message.answer);
    },
  );
  try {
    agent.send({ type: 'watch', topics: ['tree', 'binaries', 'alerts'] });
    const live = start(secret, forkAndExec());
    const { process: first } = (await agent.waitForEvent(isOf(live))) as Event & {
      process: object;
    };
    expect(first).toMatchObject({
      arguments: SHOWN,
      environmentVariables: expect.arrayContaining([
        { key: 'TOKEN', value: '*****' },
        { key: 'PLAIN', value: 'shown' },
      ]),
      trigon: { argv: [tool, '-c', forkAndExec(), '--token', '*****', '--token=*****'] },
    });
    const rowOf = async (child: ChildProcess): Promise<TreeProcess> => {
      // Until its exec it is told as what forked it: this very process.
      const row = await until(() =>
        [...seen.tree.values()].find(
          ({ pid, binary }) => pid === child.pid && binary !== process.execPath,
        ),
      );
      return row ?? expect.fail('no such process');
    };
    for (const [request, child] of [before, live].entries()) {
      const row = await rowOf(child);
      expect(row.arguments).toEqual(SHOWN);
      agent.send({ type: 'describe', request, pid: row.pid, ktime: row.ktime });
      agent.send({ type: 'find-target', request, process: row });
      const description = await until(() => descriptions.get(request));
      expect(description?.environment?.own?.variables).toContainEqual({
        key: 'TOKEN',
        value: '*****',
      });
      expect(description?.lineage[0]?.arguments).toEqual(SHOWN);
      const answer = await until(() => targets.get(request));
      expect(answer?.target?.arguments).toEqual(SHOWN);
    }
    live.stdin?.end('\n');
    await agent.waitForEvent(
      (event) => event.kind === 'process_exit' && event.process.pid === live.pid,
    );
  } finally {
    await agent.stop();
  }
  expect(leaks).toEqual([]);
});

test('lines have nothing of it, and say of other programs all there is', async () => {
  const secret = randomUUID();
  const { binaryRegex, redact } = filter();
  const policy = join(folder, 'none.yaml');
  // It hits nothing: the headless command is up when its policies are.
  writeFileSync(
    policy,
    policyText('none', [{ args: [[0, 'Equal', [join(folder, 'none')]]], actions: ['Post'] }]),
  );
  const trigon = await startHeadless(folder, [
    '--redaction-filters',
    JSON.stringify({ binary_regex: binaryRegex, redact }),
    '--enable-process-environment-variables',
    '--enable-ancestors=base',
    '--policy',
    policy,
  ]);
  try {
    const part = secret.slice(0, 8);
    const live = start(secret, `unset TOKEN; /bin/sh -c '/bin/true --token ${part}; exit'; exit`);
    const events = () => trigon.lines.map((line) => decodeEvent(line));
    const ended = await until(() =>
      events().find((event) => event.kind === 'process_exit' && event.process.pid === live.pid),
    );
    expect(ended).toMatchObject({ process: { binary: tool, arguments: SHOWN } });
    const inner = events().find(
      (event) => event.kind === 'process_exec' && event.process.arguments === `--token ${part}`,
    );
    // The filter is about the tool alone, and its parents and ancestors show what it hides.
    expect(inner).toMatchObject({ process: { binary: '/bin/true' } });
    const elders = inner && hasProcess(inner) ? [inner.parent, ...(inner.ancestors ?? [])] : [];
    expect(elders.map((one) => one?.binary)).toContain(tool);
    expect(elders.find((one) => one?.binary === tool)?.arguments).toEqual(SHOWN);
  } finally {
    await trigon.stop();
  }
  // Their number alone: lines tell of other processes of this machine too.
  expect(trigon.lines.filter((line) => line.includes(secret)).length).toBe(0);
});
