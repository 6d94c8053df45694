/**
 * What happens in an interrupt, on the way of a packet, is the work of nobody's process: an action must not hit whoever was
 * interrupted. Needs root and clang.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../driver/until.ts';
import { type Hit, isHit, openStage, outcomeOf, type Stage } from './stage.ts';

/** include/net/tcp_states.h */
const ESTABLISHED = 1;
const CLOSE_WAIT = 8;

let stage: Stage;
let started: ChildProcess[] = [];

beforeAll(() => {
  stage = openStage();
});
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
  await stage.stop();
});
afterAll(() => stage.remove());

type Player = {
  readonly pid: number;
  say(text: string): void;
  /** Resolves with the line of this number, from 0. */
  line(number: number): Promise<string>;
  /** Ends its input, and resolves with how it ended. */
  end(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

/** The program of fixtures/deeds.c, to talk with. */
function play(...args: string[]): Player {
  const child = spawn(stage.deeds, args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<Awaited<ReturnType<Player['end']>>>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid ?? 0,
    say: (text) => child.stdin.write(text),
    async line(number) {
      const lines = await until(() => {
        const all = said.split('\n').slice(0, -1);
        return all.length > number ? all : undefined;
      });
      if (!lines) throw new Error(`deeds ${args.join(' ')} said no line ${number}: ${said}`);
      return lines[number] ?? '';
    },
    end() {
      child.stdin.end();
      return ended;
    },
  };
}

/** A change of a socket's state: which port, of which end, is now in which state. */
type Change = { operator: 'SPort' | 'DPort'; state: number; raw: boolean };

/** Sigkill at such a change: inet_sock_set_state(sk, oldstate, newstate), whose record has the fields 4 skaddr and 6 newstate. */
const killAt = ({ operator, state, raw }: Change, port: string) => ({
  tracepoints: [
    {
      subsystem: 'sock',
      event: 'inet_sock_set_state',
      raw,
      args: [
        { index: raw ? 0 : 4, type: 'sock' },
        { index: raw ? 2 : 6, type: 'int' },
      ],
      selectors: [
        {
          matchArgs: [
            { args: [0], operator, values: [port] },
            { args: [0], operator: 'DAddr', values: ['127.0.0.1'] },
            { args: [1], operator: 'Equal', values: [String(state)] },
          ],
          matchActions: [{ action: 'Sigkill' }],
        },
      ],
    },
  ],
});

/** A connection over loopback from start to end; the server closes it first. Nobody may have died of it. */
async function connectAndClose(server: Player, port: string): Promise<Player> {
  const client = play('hold', port);
  expect(await client.line(0)).toBe('connected');
  expect(await server.line(1)).toBe('accepted');
  server.say('\n');
  expect(await server.line(2)).toBe('closed');
  expect(await client.end()).toEqual({ code: 0, signal: null });
  expect(await server.end()).toEqual({ code: 0, signal: null });
  return client;
}

const skipped = { mode: 'enforce', outcome: 'skipped', outcomeReason: 'wrong-context' };

async function playArmed(change: Change) {
  const server = play('serve');
  const port = await server.line(0);
  const agent = await stage.start({ states: killAt(change, port) });
  expect(agent.problems).toEqual([]);
  await stage.arm('states');
  const client = await connectAndClose(server, port);
  const { counts } = await agent.status('states');
  const hits: Hit[] = agent.events.filter(isHit);
  return { server, client, counts, hits };
}

test.each([
  ['raw tracepoint', true],
  ['tracepoint', false],
])(
  'the packet that ends a connection, at a %s: the event is of the socket’s owner, and nobody is killed',
  async (_, raw) => {
    const change: Change = { operator: 'DPort', state: CLOSE_WAIT, raw };
    const { client, counts, hits } = await playArmed(change);
    expect(counts).toMatchObject({ matched: 1, wrongContext: 1, killed: 0, failed: 0, posted: 1 });
    expect(hits.map(outcomeOf)).toMatchObject([{ ...skipped, signal: 'SIGKILL' }]);
    // The client used the socket itself when it connected; it was the server that closed its end.
    expect(hits[0]?.process).toMatchObject({ pid: client.pid, binary: stage.deeds });
  },
);

test('the packet that completes a connection: the new socket is nobody’s yet, and so is the event', async () => {
  const { server, client, counts, hits } = await playArmed({
    operator: 'SPort',
    state: ESTABLISHED,
    raw: true,
  });
  expect(counts).toMatchObject({ matched: 1, wrongContext: 1, killed: 0, failed: 0, posted: 1 });
  expect(hits.map(outcomeOf)).toMatchObject([skipped]);
  const [hit] = hits;
  expect(hit?.process.pid).not.toBe(client.pid);
  expect(hit?.process.pid).not.toBe(server.pid);
  expect(hit?.process).toMatchObject({ binary: '', arguments: '', flags: 'unknown' });
});
