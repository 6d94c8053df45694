// Records what the agent tells the screen while a scene of made-up programs is played on this host, for the screen tests and the
// gallery. What other processes do is left out; pids, times and names of the host are replaced.
//   node scripts/record-session.ts     writes test/fixtures/session.json.gz; needs root, cgroup v2 and cc
import { statSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { libraryFolder, projectRoot, startAgentClient } from '../src/agent/client.ts';
import { type FromAgent, NO_DETAIL_OPTIONS, type ToAgent } from '../src/agent/messages.ts';
import { createPolicyBook } from '../src/agent/policyBook.ts';
import { PACKED_KIND, type PackedEvent } from '../src/events/wire/packed.ts';
import {
  questionKey,
  type Recording,
  SESSION,
  saveRecording,
  textsOf,
} from '../test/driver/recording.ts';
import { until } from '../test/driver/until.ts';
import { createNormaliser } from '../test/fixtures/scene/normalise.ts';
import {
  answerOfScene,
  createSceneFilter,
  eventsOf,
  isOfScene,
} from '../test/fixtures/scene/only.ts';
import { MONITORED, SERVICES, STORM, UNIQUE, UPLOAD, USERS } from '../test/fixtures/scene/scene.ts';
import { openStage } from '../test/fixtures/scene/stage.ts';

const NODE = 'web-1';
const KERNEL = '6.18.44';
const OWN = 'guard-shop';
const ARMED_SECONDS = 300;
const scene = join(import.meta.dirname, '../test/fixtures/scene');
/** What this environment holds beside programs that every host has. */
const secrets = (): string[] =>
  Object.values(process.env).flatMap((value = '') =>
    value.length > 7 && !/^\/(usr\/)?bin\/\w+$/.test(value) ? [value] : [],
  );

const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Told = { at: number; message: FromAgent };
const told: Told[] = [];
const book = createPolicyBook();
const waiting = new Map<number, (message: FromAgent) => void>();
let requests = 0;
let isLoaded = false;

function onMessage(message: FromAgent): void {
  if (message.type === 'failed') throw new Error(`${message.message}\n${message.remedy}`);
  if (message.type === 'policies') book.describe(message);
  if (message.type === 'status') book.count(message.policies);
  if (message.type === 'records') agent.send({ type: 'done', bytes: message.bytes });
  if (message.type === 'loaded') isLoaded = true;
  if ('request' in message) waiting.get(message.request)?.(message);
  else told.push({ at: Date.now(), message });
}

type Question = Extract<ToAgent, { request: number }>;
const ask = (question: Question): Promise<FromAgent> =>
  new Promise((resolve) => {
    requests += 1;
    waiting.set(requests, resolve);
    agent.send({ ...question, request: requests });
  });

const policyNamed = (name: string) => {
  const found = book.list().find((policy) => policy.name === name);
  if (!found) throw new Error(`no policy ${name}`);
  return found;
};

const stage = openStage();
const agent = startAgentClient(
  {
    node: NODE,
    output: { kind: 'records' },
    ringBytes: 16 << 20,
    policies: [
      { path: join(scene, `${OWN}.yaml`), mode: 'monitor', origin: 'system' },
      { path: libraryFolder(), mode: 'off', origin: 'library' },
    ],
    variables: {},
    allowNetworkActions: false,
    detail: NO_DETAIL_OPTIONS,
    protect: [],
  },
  onMessage,
);
try {
  await until(() => isLoaded, { limitMs: 60_000 });
  agent.send({ type: 'watch', topics: ['tree', 'binaries', 'alerts'] });
  for (const name of MONITORED)
    agent.send({ type: 'set-mode', policy: policyNamed(name).id, mode: 'monitor' });
  await until(() => MONITORED.every((name) => policyNamed(name).mode === 'monitor'));
  const services = SERVICES.map((service) => stage.start(service).child);
  await settle(1500);
  await stage.start(UPLOAD).ended;
  await settle(1500);

  const own = policyNamed(OWN);
  const answers: { question: Question; answer: FromAgent }[] = [];
  const note = async (question: Question) => {
    answers.push({ question, answer: answerOfScene(await ask(question)) });
  };
  for (const { id } of [own, ...['etc-writes', 'exec-in-tmp', 'cron-writes'].map(policyNamed)])
    await note({ type: 'prepare-arming', request: 0, policy: id });
  for (const { id } of book.list()) await note({ type: 'read-policy', request: 0, policy: id });

  const fuse = { limit: 10_000, seconds: 10 };
  const armedAt = told.length;
  agent.send({ type: 'arm', policy: own.id, seconds: ARMED_SECONDS, added: [], fuse });
  await until(() => policyNamed(OWN).mode === 'enforce');
  await stage.start(STORM).ended;
  services[SERVICES.findIndex(([unit]) => unit === 'cron.service')]?.kill('SIGTERM');
  await settle(2000);

  // What comes after the last change says nothing but that time goes by.
  const end = 1 + told.findLastIndex(({ message }) => message.type !== 'status');
  for (const name of ['exec-in-tmp', 'cron-writes'])
    await note({ type: 'test-policy', request: 0, policy: policyNamed(name).id });

  const kept = told.slice(0, end);
  const cgroups = stage.cgroupIds();
  const isOurs = (event: PackedEvent) => isOfScene(event, cgroups);
  const events = kept.flatMap(({ message }) => [...eventsOf(message)].filter(isOurs));
  const first = events.find(({ kind }) => kind === PACKED_KIND.exec);
  if (!first) throw new Error('no event of the scene');
  const pids = [...new Set(events.map(({ tgid }) => tgid))].filter((pid) => pid !== 0);
  const wall = Number(first.time / 1_000_000n);
  const words = [
    [join(scene, `${OWN}.yaml`), `/etc/trigon/policies.d/${OWN}.yaml`],
    [projectRoot(), '/usr/share/trigon'],
    [stage.actor, '/usr/lib/systemd/systemd-executor'],
    [stage.root, ''],
    [release(), KERNEL],
  ] as const;
  const norm = createNormaliser(pids, first.ktime, wall, NODE, words);

  const seen = new Map(
    events.flatMap(({ kind, tgid, ktime }) =>
      kind === PACKED_KIND.journal ? [] : [[`${tgid}:${ktime}`, { pid: tgid, ktime }]],
    ),
  );
  for (const row of seen.values()) {
    await note({ type: 'describe', request: 0, ...row });
    await note({ type: 'open-files', request: 0, ...row });
    await note({ type: 'find-target', request: 0, process: row });
  }
  // Of programs that run nowhere else: a profile tells of all processes of the host.
  for (const binary of UNIQUE) await note({ type: 'describe-binary', request: 0, binary });

  const ours = createSceneFilter({ norm, isOurs, isOurPid: (pid) => pids.includes(pid) });
  const filtered = kept.map(({ at, message }) => ({ at: norm.wall(at), message: ours(message) }));
  const isThere = (entry: (typeof filtered)[number]): entry is Told => entry.message !== undefined;
  const messages = filtered.filter(isThere);
  const recording: Recording = {
    ...{ node: NODE, kernel: KERNEL, users: USERS, messages },
    armedAt: filtered.slice(0, armedAt).filter(isThere).length,
    answers: Object.fromEntries(
      answers.map(({ question, answer }) => [
        questionKey(norm.value(question)),
        norm.value(answer),
      ]),
    ),
  };
  const texts = textsOf(recording);
  const leaks = [stage.folder, projectRoot(), ...secrets()].filter((text) => texts.includes(text));
  if (leaks.length > 0) throw new Error(`it tells of this host: ${leaks.join(', ')}`);
  saveRecording(recording);
  process.stdout.write(
    `${SESSION}: ${statSync(SESSION).size} bytes, ${messages.length} messages, ${events.length} events\n`,
  );
} finally {
  await stage.close();
  await agent.stop();
}
