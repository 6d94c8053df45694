/** Who is never hit, however blindly a policy is armed, and that the fuse ends it. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { projectRoot } from '../../../src/agent/client.ts';
import { askTrigon } from '../../../src/agent/control/client.ts';
import { run } from '../../driver/command.ts';
import { until } from '../../driver/until.ts';
import { isHit, outcomeOf, policyOf } from '../../kernel/stage.ts';
import { STOCK } from '../boots.ts';
import type { Case } from '../case.ts';
import { MODULE, moduleFile } from '../dummyModule.ts';
import { BUSYBOX, type Ground } from '../ground.ts';
import { doDeed } from '../victim.ts';

/** A machine under emulation, on which much is started at once. */
const PATIENT = { limitMs: 90_000, everyMs: 500 };

/** A process that waits for its turn to open a file. */
type Bystander = { openNow(): Promise<NodeJS.Signals | null> };

async function bystander(program: string, file: string): Promise<Bystander> {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    program,
    ['open-later', file],
    { detached: true, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('close', (_code, signal) => resolve(signal)),
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return {
    openNow() {
      child.stdin.end();
      return ended;
    },
  };
}

const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
};

/** Programs of all processes that have one (kernel threads have none), by pid. */
function programs(): Map<number, string> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((pid): [number, string][] => {
      try {
        const exe = readlinkSync(`/proc/${pid}/exe`);
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return [[Number(pid), `${exe}: ${words.join(' ')}`]];
      } catch {
        return [];
      }
    }),
  );
}

/**
 * Starts Trigon as an operator has it: sshd, its session with a terminal, a client of tmux in there; and elsewhere, as a child of
 * PID 1, tmux itself, a shell, the guardian and Trigon. `script` stands in for sshd: it makes the terminal.
 */
async function startUnderTmux(ground: Ground, spec: object) {
  const socket = ground.path('trigon.sock');
  const policy = ground.file('everything.yaml', policyOf('everything', spec));
  const launcher = join(projectRoot(), 'bin', 'trigon.mjs');
  const events = `${process.execPath} ${launcher} events --policy ${policy} --socket ${socket}`;
  const pane = ground.file('pane.sh', `${events} > ${ground.path('said')} 2>&1\nread line\n`);
  const sshd = ground.path('sshd');
  copyFileSync('/usr/bin/script', sshd);
  const tmux = `tmux -S ${ground.path('tmux.sock')} -f /dev/null`;
  const session = spawn(sshd, ['-qfc', `${tmux} new-session sh ${pane}`, '/dev/null'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, TERM: 'xterm', TRIGON_POLICY_PATH: 'none', SHELL: '/bin/sh' },
  });
  const status = async () => (await askTrigon(socket, { command: 'status' })).policies[0];
  const isUp = await until(() => status().then(Boolean, () => false), PATIENT);
  const said = () => (existsSync(ground.path('said')) ? readFileSync(ground.path('said')) : '');
  assert(isUp, `Trigon did not start in tmux: ${said()}`);
  return {
    socket,
    status,
    async stop() {
      await run('tmux', ['-S', ground.path('tmux.sock'), 'kill-server']);
      session.kill();
    },
  };
}

/** Each must be there, or nothing is proved. */
const CHAIN: Readonly<Record<string, RegExp>> = {
  'the stand-in for sshd': /^\S+\/sshd: /,
  'the client of tmux or its server': /^\S+\/tmux: /,
  'the shell in tmux': /: sh \S+\/pane\.sh/,
  'the guardian': /: \S+ \S+\/trigon\.mjs events/,
  Trigon: /: trigon/,
};

const FUSE_LIMIT = 5;

const everyFile: Case = {
  name: 'safety: armed on every file that is opened',
  boots: STOCK,
  limitSeconds: 300,
  async run(ground) {
    const program = ground.victim();
    const trigon = await startUnderTmux(ground, {
      kprobes: [{ call: 'security_file_open', syscall: false, args: [{ index: 0, type: 'file' }] }],
    });
    try {
      // Not below the root folder, which is an overlay: there each open is two.
      const file = ground.file('opened', '');
      const others = [];
      for (let i = 0; i <= FUSE_LIMIT; i++) others.push(await bystander(program, file));
      const spared = [...programs()].filter(([, words]) => !words.startsWith(program));
      for (const [who, pattern] of Object.entries(CHAIN))
        assert(
          spared.some(([, words]) => pattern.test(words)),
          `${who} does not run, only\n${spared.map(([, words]) => words).join('\n')}`,
        );
      const policy = await trigon.status();
      assert(policy, 'no policy');
      const fuse = { limit: FUSE_LIMIT, seconds: 600 };
      await askTrigon(trigon.socket, {
        ...{ command: 'arm', id: policy.id, seconds: null, add: 'kill', fuse },
      });
      assert(await until(async () => (await trigon.status())?.mode === 'enforce', PATIENT));

      const ends = [];
      for (const other of others) ends.push(await other.openNow());
      assert.deepEqual(ends, [...Array(FUSE_LIMIT).fill('SIGKILL'), null]);
      assert(await until(async () => (await trigon.status())?.fuseBlown === true, PATIENT));
      const after = await trigon.status();
      assert.equal(after?.mode, 'monitor');
      assert.equal(after?.counts.killed, FUSE_LIMIT);
      assert((after?.counts.sparedProtected ?? 0) > 0, 'nobody had to be spared');
      const dead = spared.filter(([pid]) => !isAlive(pid)).map(([, words]) => words);
      assert.deepEqual(dead, []);
      return {};
    } finally {
      await trigon.stop();
    }
  },
};

/** A network device that loses all that is sent by it: TCP sends again and again, from a timer. */
async function openVoid(ground: Ground): Promise<void> {
  if (!existsSync('/sys/class/net/dummy0')) {
    writeFileSync(ground.path(MODULE), moduleFile());
    const done = await doDeed(ground.victim('loader'), 'finit-module', ground.path(MODULE));
    assert.equal(done.result, 0, done.stdout);
  }
  const ip = (...words: string[]) => run(BUSYBOX, ['ip', ...words]);
  await ip('addr', 'add', '198.51.100.1/24', 'dev', 'dummy0');
  assert.equal((await ip('link', 'set', 'dummy0', 'up')).code, 0);
}

const PORT = 4711;

const retransmission: Case = {
  name: 'safety: armed on ip_output while TCP sends again',
  boots: STOCK,
  limitSeconds: 300,
  async run(ground) {
    await openVoid(ground);
    const program = ground.victim();
    const policy = await ground.load('output', {
      kprobes: [
        {
          ...{ call: 'ip_output', syscall: false, args: [{ index: 2, type: 'skb' }] },
          selectors: [
            {
              matchArgs: [{ index: 2, operator: 'DPort', values: [String(PORT)] }],
              matchActions: [{ action: 'Sigkill' }],
            },
          ],
        },
      ],
    });
    assert.deepEqual(policy.problems, []);
    const connect = ['connect', '198.51.100.2', String(PORT)];
    const owner = spawn(program, connect, { detached: true, stdio: 'ignore' });
    // The timer interrupts whoever runs: on each CPU somebody who has nothing to do with it, and runs when nobody else has to.
    const busy = ['-n', '19', '/bin/sh', '-c', 'while :; do :; done'];
    const others = [1, 2].map(() => spawn('nice', busy, { detached: true, stdio: 'ignore' }));
    try {
      assert(await until(async () => (await policy.status()).counts.matched > 0, PATIENT));
      await policy.arm();
      const sentAgain = await until(
        async () => (await policy.status()).counts.wrongContext >= 2,
        PATIENT,
      );
      const { counts } = await policy.status();
      assert(sentAgain, `nothing was sent again: ${JSON.stringify(counts)}`);
      const hit = ground.agent.events
        .filter(isHit)
        .filter((event) => outcomeOf(event).outcome === 'applied')
        .map(({ process }) => `${process.pid} ${process.binary}`);
      assert.deepEqual([hit, counts.killed], [[], 0], `the owner is ${owner.pid}`);
      for (const { pid, exitCode, signalCode } of [owner, ...others])
        assert.deepEqual([exitCode, signalCode], [null, null], `process ${pid} was hit`);
      // What sends on its own behalf is.
      assert.equal((await run(program, connect)).signal, 'SIGKILL');
      return {};
    } finally {
      for (const child of [owner, ...others]) child.kill('SIGKILL');
    }
  },
};

export const SAFETY_CASES: readonly Case[] = [everyFile, retransmission];
