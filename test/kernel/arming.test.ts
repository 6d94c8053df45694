/** Arming policies that only watch: what can be added on this host, and that it is then done, by real calls of this test. */
import { createServer, type Server } from 'node:net';
import { constants } from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ArmingFacts, FromAgent } from '../../src/agent/messages.ts';
import type { AddedActions } from '../../src/policies/addActions.ts';
import { NOT_BOTH } from '../../src/policies/planning/actions.ts';
import type { AgentUnderTest } from '../driver/agent.ts';
import type { Ended } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { onWrites, openStage, outcomeOf, type Stage } from './stage.ts';

const { EPERM } = constants.errno;
const FUSE = { limit: 1_000_000, seconds: 600 };

let stage: Stage;
let server: Server;
let port: number;
let messages: FromAgent[];

beforeAll(async () => {
  stage = openStage();
  server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
beforeEach(() => {
  messages = [];
});
afterEach(() => stage.stop());
afterAll(() => {
  server.close();
  stage.remove();
});

const start = (specs: Record<string, object>, options = {}) =>
  stage.start(specs, options, (message) => void messages.push(message));

const byDeeds = () => ({ matchBinaries: [{ operator: 'In', values: [stage.deeds] }] });

/** The first selector tells of one port, the second of all others. */
const connects = () => ({
  kprobes: [
    {
      call: 'security_socket_connect',
      syscall: false,
      args: [{ index: 1, type: 'sockaddr' }],
      selectors: [
        { ...byDeeds(), matchArgs: [{ index: 1, operator: 'SPort', values: ['9'] }] },
        byDeeds(),
      ],
    },
  ],
});
const writes = (file: string) => ({ kprobes: [onWrites(file, stage.deeds, [])] });

const connect = () => stage.play('connect', '127.0.0.1', port);
const errnoOf = ({ stdout }: Ended) => Number(stdout);

const factsOf = async (agent: AgentUnderTest, policy: number): Promise<ArmingFacts> => {
  const request = messages.length + 1;
  agent.send({ type: 'prepare-arming', request, policy });
  await until(() => messages.some((each) => each.type === 'arming' && each.request === request));
  const answer = messages.findLast((each) => each.type === 'arming');
  if (!answer) throw new Error('no answer');
  return answer.arming;
};

const arm = (agent: AgentUnderTest, policy: number, added: AddedActions) =>
  agent.send({ type: 'arm', policy, seconds: 60, added, fuse: FUSE });

describe('a policy that only watches connections', () => {
  test('can kill or deny, by selector; denies when armed so; goes on counting; then kills', async () => {
    const agent = await start({ watch: connects() });
    expect(agent.problems).toEqual([]);
    const { id } = await agent.waitForPolicy('watch', ({ mode }) => mode === 'monitor');
    const { choices, mixing } = await factsOf(agent, id);
    expect(mixing).toEqual([NOT_BOTH]);
    expect(choices.flat().map(({ own }) => own)).toEqual([undefined, undefined]);
    expect(choices.flat().map(({ kill, deny }) => [kill.reason, deny.reason])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    const watched = await connect();
    expect(errnoOf(watched)).toBe(0);
    expect((await stage.hitsOf(watched)).map((hit) => outcomeOf(hit).outcome)).toEqual([undefined]);

    expect((await factsOf(agent, id)).blast).toMatchObject({
      rows: [{ hook: 0, selector: 1, binary: stage.deeds, uid: 0, hits: 1, own: undefined }],
      untold: 0,
    });

    arm(agent, id, [['none', 'deny']]);
    await agent.waitForPolicy('watch', ({ mode }) => mode === 'enforce');
    const refused = await connect();
    expect(errnoOf(refused)).toBe(EPERM);
    expect((await stage.hitsOf(refused)).map(outcomeOf)).toMatchObject([
      { outcome: 'applied', error: 'EPERM' },
    ]);
    const armed = await agent.status('watch');
    expect(armed).toMatchObject({ id, enforces: false, added: [['none', 'deny']] });
    expect(armed.counts).toMatchObject({ matched: 2, posted: 2, overridden: 1 });

    agent.send({ type: 'disarm-all' });
    await agent.waitForPolicy('watch', ({ mode }) => mode === 'monitor');
    const withheld = await connect();
    expect(errnoOf(withheld)).toBe(0);
    expect((await stage.hitsOf(withheld)).map(outcomeOf)).toMatchObject([{ outcome: 'withheld' }]);
    expect((await agent.status('watch')).counts).toMatchObject({ matched: 3, wouldAct: 1 });

    arm(agent, id, [['none', 'kill']]);
    await agent.waitForPolicy('watch', ({ mode }) => mode === 'enforce');
    expect(await connect()).toMatchObject({ signal: 'SIGKILL' });
    expect((await agent.status('watch')).counts).toMatchObject({ matched: 4, killed: 1 });
  });

  test('what is added to one selector is not done for another', async () => {
    const agent = await start({ watch: connects() });
    expect(agent.problems).toEqual([]);
    const { id } = await agent.waitForPolicy('watch', ({ mode }) => mode === 'monitor');
    arm(agent, id, [['kill', 'none']]);
    await agent.waitForPolicy('watch', ({ mode }) => mode === 'enforce');
    expect(errnoOf(await connect())).toBe(0);
    expect(await stage.play('connect', '127.0.0.1', 9)).toMatchObject({ signal: 'SIGKILL' });
  });
});

describe('what can not be done', () => {
  test('is offered with the reason, and refused when it is asked for all the same', async () => {
    const file = stage.shop.file('watched', 'original');
    const agent = await start({ files: writes(file) });
    const { id } = await agent.waitForPolicy('files', ({ mode }) => mode === 'monitor');
    const [[choice] = []] = (await factsOf(agent, id)).choices;
    expect(choice?.kill.words).toContain(file);
    expect(choice?.deny.reason).toMatch(/can't be refused|can’t be refused/);
    arm(agent, id, [['deny']]);
    await until(() => agent.notices.length > 0);
    expect(agent.notices.join()).toMatch(/^files: .*can.t be refused/);
    expect(await agent.status('files')).toMatchObject({ mode: 'monitor', added: [] });
  });

  test('nothing is armed without an action, nor with --read-only', async () => {
    const file = stage.shop.file('watched', 'original');
    const agent = await start({ files: writes(file) }, { readOnly: true });
    const { id } = await agent.waitForPolicy('files', ({ mode }) => mode === 'monitor');
    arm(agent, id, [['kill']]);
    await until(() => agent.notices.length > 0);
    expect(agent.notices).toEqual(['nothing can be armed: Trigon was started with --read-only']);
    expect((await agent.status('files')).mode).toBe('monitor');
  });
});
