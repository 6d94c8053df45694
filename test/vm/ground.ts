import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { askTrigon } from '../../src/agent/control/client.ts';
import type { Fuse, PolicyStatus } from '../../src/agent/messages.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import type { Ended } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { type Hit, isHit, policyOf } from '../kernel/stage.ts';
import type { BootName } from './boots.ts';
import { ownLinks } from './links.ts';

/** In memory: the VM's root folder is the host's over 9p, where each open file costs half a millisecond. */
const ROOT = '/run/trigon-vm';
/** Of the VM's own initramfs. */
export const BUSYBOX = '/run/vm/busybox';

const SOCKET = join(ROOT, 'control.sock');

/** A fuse that no case blows by accident. */
const LARGE_FUSE: Fuse = { limit: 1_000_000, seconds: 600 };

/** What a case works with: one agent for all cases of a boot, and a folder and policies of its own, which go when it is over. */
export type Ground = {
  readonly boot: BootName;
  readonly folder: string;
  path(...names: string[]): string;
  /** Makes a file and the folders above it. */
  file(name: string, content: string): string;
  folderAt(name: string): string;
  /** A copy of victim.c's program, by its name in the folder or by an absolute path; a VM has its own of all of them. */
  victim(name?: string): string;
  readonly agent: AgentUnderTest;
  /** Loads a policy in monitor mode. Its problems are for the case. */
  load(name: string, spec: object): Promise<LoadedPolicy>;
  /** The same with the text of a policy file that has one policy. */
  loadText(text: string): Promise<LoadedPolicy>;
  /** Of which kinds the links are, as the kernel has it, that came since the case began. */
  ways(): string[];
};

export type LoadedPolicy = {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  status(): Promise<PolicyStatus>;
  /** Fails when the agent refuses. */
  arm(fuse?: Fuse): Promise<void>;
  toMonitor(): Promise<void>;
  remove(): Promise<void>;
  /** Events of this policy about the process, when no more of them can come. */
  hitsOf(ended: Pick<Ended, 'pid'>): Promise<Hit[]>;
};

export type Grounds = {
  /** Starts the agent if none runs. */
  open(name: string): Promise<Ground>;
  /** Removes what the case has left. */
  close(): Promise<void>;
  /** Ends the agent: the next case begins with another one. */
  stopAgent(): Promise<void>;
};

/** @param program of victim.c */
export function openGrounds(boot: BootName, program: string): Grounds {
  mkdirSync(ROOT, { recursive: true });
  let agent: AgentUnderTest | undefined;
  let loaded: number[] = [];
  let folder = '';

  async function loadFile(file: string, source: string): Promise<LoadedPolicy> {
    const running = theAgent();
    const { ids, problems, warnings } = await askTrigon(SOCKET, {
      ...{ command: 'add', source, file, mode: 'monitor', variables: {} },
    });
    loaded.push(...ids);
    const [id] = ids;
    const known = async () => {
      assert.notEqual(id, undefined, `not loaded: ${problems.join('; ')}`);
      return id as number; // just asserted
    };
    const find = async () => {
      const wanted = await known();
      const { policies } = await askTrigon(SOCKET, { command: 'status' });
      return policies.find((policy) => policy.id === wanted);
    };
    return {
      problems,
      warnings,
      async status() {
        await running.catchUp();
        const status = await find();
        assert(status, 'the policy is gone');
        return status;
      },
      async arm(fuse = LARGE_FUSE) {
        await askTrigon(SOCKET, {
          ...{ command: 'arm', id: await known(), seconds: null, add: 'none', fuse },
        });
        const armed = await until(async () => (await find())?.mode === 'enforce');
        assert(armed, `not armed: ${running.notices.join('; ')}`);
      },
      async toMonitor() {
        await askTrigon(SOCKET, { command: 'set-mode', id: await known(), mode: 'monitor' });
      },
      async remove() {
        const wanted = await known();
        await askTrigon(SOCKET, { command: 'remove', id: wanted });
        loaded = loaded.filter((each) => each !== wanted);
      },
      async hitsOf({ pid }) {
        await running.catchUp();
        const name = (await find())?.name;
        return running.events
          .filter(isHit)
          .filter(({ process, policyName }) => process.pid === pid && policyName === name);
      },
    };
  }

  const theAgent = (): AgentUnderTest => {
    assert(agent, 'no agent runs');
    return agent;
  };

  return {
    async open(name) {
      agent ??= await startAgent({ controlSocket: SOCKET });
      const running = agent;
      running.forgetEvents();
      const before = ownLinks();
      folder = join(ROOT, name.replace(/\W+/g, '-'));
      mkdirSync(folder, { recursive: true });
      const path = (...names: string[]) => join(folder, ...names);
      return {
        boot,
        folder,
        agent: running,
        path,
        file(own, content) {
          mkdirSync(dirname(path(own)), { recursive: true });
          writeFileSync(path(own), content);
          return path(own);
        },
        folderAt(own) {
          mkdirSync(path(own), { recursive: true });
          return path(own);
        },
        victim(own = 'victim') {
          const copy = resolve(folder, own);
          // A program that runs can't be written to.
          rmSync(copy, { force: true });
          mkdirSync(dirname(copy), { recursive: true });
          copyFileSync(program, copy);
          return copy;
        },
        load: (own, spec) => loadFile(path(`${own}.yaml`), policyOf(own, spec)),
        loadText: (text) => loadFile(path(`policy-${loaded.length}.yaml`), text),
        ways() {
          const came = [...ownLinks()].filter(([link]) => !before.has(link));
          return [...new Set(came.map(([, kind]) => kind))].sort();
        },
      };
    },
    async close() {
      for (const id of loaded.splice(0)) await askTrigon(SOCKET, { command: 'remove', id });
      rmSync(folder, { recursive: true, force: true });
    },
    async stopAgent() {
      loaded = [];
      await agent?.stop();
      agent = undefined;
    },
  };
}
