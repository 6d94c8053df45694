import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import type { Attachment, SyscallAccess } from '../../policies/plan.ts';
import { u32 } from '../bytes.ts';
import type { Access } from './accesses.ts';
import type { Installation } from './installation.ts';
import type { EngineMaps } from './maps.ts';
import { createNumbers } from './numbers.ts';
import { PolicyRefusal } from './refusal.ts';
import { encodeSite, encodeSyscallSites, encodeValue, type SyscallSites } from './structs.ts';
import { type ReadValue, readingOf } from './values.ts';

/** Where a program fires; equal places are one site. */
export type Place =
  | { kind: 'enter' | 'exit'; syscall: number }
  | { kind: 'file' | 'fileReturn'; accesses: readonly SyscallAccess[] }
  | { kind: 'kprobe'; function: string; multi: boolean; returns: boolean }
  | { kind: 'fentry'; function: string; returns: boolean }
  | { kind: 'fmodRet'; function: string; syscall: number | undefined }
  /** `hashes`: its events may wait for the hash of their file. */
  | { kind: 'lsm'; hook: string; hashes: boolean }
  /** `sets`: positions of the arguments that are written to. */
  | { kind: 'usdt'; path: string; provider: string; name: string; sets: readonly number[] }
  /** An LSM hook that refuses marked calls, and where their marks end: no hooks listen there. */
  | { kind: 'answer'; hook: string }
  | { kind: 'marks' }
  | Exclude<
      Attachment,
      {
        kind:
          | 'syscall'
          | 'syscallReturn'
          | 'fileAccess'
          | 'kprobe'
          | 'fentry'
          | 'fmodRet'
          | 'lsm'
          | 'usdt';
      }
    >;

export type Site = { readonly number: number; readonly place: Place };

/** The sites of all policies, and which hooks listen there. */
export type Sites = {
  /** The site of a place, made when it is the first. @throws PolicyRefusal when there are too many. */
  at(place: Place, installation: Installation): Site;
  /**
   * The number under which a value is read there, shared by all that read it in the same way; held until it is given back.
   *
   * @throws PolicyRefusal when too many different ones are held there
   */
  takeValue(site: Site, value: ReadValue): { number: number; give(): void };
  /**
   * Gives the hook a place in the site's list. The site runs it while its policy is on, told by `installation.switch`: what is
   * off costs the call nothing.
   *
   * @param accesses of a site of file accesses: those that the hook can match
   */
  listen(site: Site, hook: number, installation: Installation, accesses?: readonly Access[]): void;
};

type SiteState = Site & {
  /** Policies that hold it. */
  holders: number;
  /** By place; 0: empty. Hooks keep their places, so that a program on its way through the list misses none. */
  hooks: number[];
  /** Those of them whose policies are on. */
  heard: Set<number>;
  /** How many hooks that are heard can match accesses of each kind. */
  wanted: Record<Access, number>;
  /** By number: how it is read, and by how many hooks. */
  values: ({ reading: string; users: number } | undefined)[];
};

const NO_SITES: SyscallSites = {
  enter: 0,
  exit: 0,
  file: 0,
  fileReturn: 0,
  accesses: [],
  generation: 0,
};

/**
 * @param syscallNumber of a system call by its name; undefined: this architecture has none of the name
 * @param isLinked whether a program is still attached that tells the site's number: it must not become another's yet
 */
export function createSites(
  maps: EngineMaps,
  syscallNumber: (name: string) => number | undefined,
  isLinked: (site: Site) => boolean,
): Sites {
  const states = new Map<string, SiteState>();
  const retired = new Set<Site>();
  const syscalls = new Map<number, SyscallSites>();
  let generations = 0;
  const numbers = createNumbers(
    1,
    LIMIT.TG_MAX_SITES,
    `at most ${LIMIT.TG_MAX_SITES - 1} places of the kernel can be watched, by all policies together`,
  );

  const giveRetired = () => {
    for (const site of retired) {
      if (isLinked(site)) continue;
      retired.delete(site);
      numbers.give(site.number, 1);
    }
  };

  const stateOf = (site: Site): SiteState => {
    const state = states.get(keyOf(site.place));
    if (!state) throw new Error(`site ${site.number} is gone`);
    return state;
  };

  const changeSyscall = (number: number, change: Partial<SyscallSites>) => {
    const sites = { ...NO_SITES, ...syscalls.get(number), ...change };
    const isEmpty = [sites.enter, sites.exit, sites.file, sites.fileReturn].every((at) => at === 0);
    if (isEmpty) syscalls.delete(number);
    else syscalls.set(number, sites);
    maps.syscall_sites.set(u32(number), encodeSyscallSites(sites));
  };

  /** Lets the dispatcher find the site while it has hooks to run. To be called when these are in place: what they let pass is
   * forgotten (bpf/passed.h). */
  const lead = ({ place, number, heard, wanted }: SiteState) => {
    const site = heard.size === 0 ? 0 : number;
    generations += 1;
    const generation = generations;
    if (place.kind === 'enter') changeSyscall(place.syscall, { enter: site });
    else if (place.kind === 'exit') changeSyscall(place.syscall, { exit: site });
    else if (place.kind === 'file' || place.kind === 'fileReturn')
      for (const { name, accesses } of place.accesses) {
        const syscall = syscallNumber(name);
        if (syscall === undefined) continue;
        const watched = accesses.filter(({ access }) => wanted[access] > 0);
        const number = watched.length === 0 ? 0 : site;
        if (place.kind === 'file')
          changeSyscall(syscall, { file: number, accesses: watched, generation });
        else changeSyscall(syscall, { fileReturn: number });
      }
  };

  /** Of a system call there is one site for accesses to files: two that differ can't both have it. */
  const checkAccesses = (place: Place) => {
    if (place.kind !== 'file') return;
    const taken = new Set(
      [...states.values()].flatMap(({ place: other }) =>
        other.kind === 'file' ? other.accesses.map(({ name }) => name) : [],
      ),
    );
    const both = place.accesses.find(({ name }) => taken.has(name));
    if (both)
      throw new PolicyRefusal(
        `the file accesses of ${both.name} are watched in another way already, by another policy`,
      );
  };

  const writeHooks = ({ number, hooks, heard }: SiteState) =>
    maps.sites.set(u32(number), encodeSite(hooks.map((hook) => (heard.has(hook) ? hook : 0))));

  return {
    at(place, installation) {
      const key = keyOf(place);
      let state = states.get(key);
      if (!state) {
        giveRetired();
        checkAccesses(place);
        state = {
          number: numbers.take(1),
          place,
          holders: 0,
          hooks: [],
          heard: new Set(),
          wanted: { read: 0, write: 0 },
          values: [],
        };
        states.set(key, state);
        writeHooks(state);
        installation.addMemory(maps.sites.valueSize);
      }
      const held = state;
      held.holders += 1;
      installation.onRelease(() => {
        held.holders -= 1;
        if (held.holders > 0) return;
        states.delete(key);
        retired.add(held);
        giveRetired();
      });
      return held;
    },
    takeValue(site, value) {
      const { values } = stateOf(site);
      const reading = readingOf(value);
      let number = values.findIndex((entry) => entry?.reading === reading);
      if (number < 0) {
        number = values.indexOf(undefined);
        if (number < 0) number = values.length;
        if (number >= LIMIT.TG_VALUES_PER_SITE)
          throw new PolicyRefusal(
            `at most ${LIMIT.TG_VALUES_PER_SITE} different values can be read at one place of the kernel, by all policies that are on (${describePlace(site.place)}): switch another one off`,
          );
        maps.value_specs.set(
          u32(site.number * LIMIT.TG_VALUES_PER_SITE + number),
          encodeValue(value),
        );
        values[number] = { reading, users: 0 };
      }
      const entry = values[number];
      if (entry) entry.users += 1;
      return {
        number,
        give() {
          if (entry) entry.users -= 1;
          if (entry?.users === 0) values[number] = undefined;
        },
      };
    },
    listen(site, hook, installation, accesses = []) {
      const state = stateOf(site);
      const empty = state.hooks.indexOf(0);
      const at = empty < 0 ? state.hooks.length : empty;
      if (at >= LIMIT.TG_HOOKS_PER_SITE)
        throw new PolicyRefusal(
          `at most ${LIMIT.TG_HOOKS_PER_SITE} hooks can listen at one place of the kernel (${describePlace(site.place)})`,
        );
      state.hooks[at] = hook;
      const hear = (isOn: boolean) => {
        if (isOn === state.heard.has(hook)) return;
        if (isOn) state.heard.add(hook);
        else state.heard.delete(hook);
        writeHooks(state);
        for (const access of accesses) state.wanted[access] += isOn ? 1 : -1;
        lead(state);
      };
      installation.onSwitch(hear);
      installation.onDisconnect(() => {
        hear(false);
        state.hooks[at] = 0;
        while (state.hooks.at(-1) === 0) state.hooks.pop();
      });
    },
  };
}

/** JSON knows no bigint. */
const keyOf = (place: Place): string =>
  JSON.stringify(place, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));

/** For messages: the kind of place and its name. */
function describePlace(place: Place): string {
  switch (place.kind) {
    case 'enter':
      return `the entry of system call ${place.syscall}`;
    case 'exit':
      return `the return of system call ${place.syscall}`;
    case 'file':
      return 'file accesses at the entry of system calls';
    case 'fileReturn':
      return 'file accesses at the return of system calls';
    case 'kprobe':
    case 'fentry':
      return `the ${place.returns ? 'return' : 'entry'} of kernel function ${place.function}`;
    case 'kprobeOverride':
    case 'fmodRet':
      return `kernel function ${place.function}`;
    case 'lsm':
    case 'answer':
      return `LSM hook ${place.hook}`;
    case 'marks':
      return 'the return of marked system calls';
    case 'rawTracepoint':
      return `raw tracepoint ${place.name}`;
    case 'tracepoint':
      return `tracepoint ${place.subsystem}/${place.event}`;
    case 'uprobe':
      return `${place.path}:${place.symbol ?? ''}+0x${(place.address ?? place.offset).toString(16)}`;
    case 'usdt':
      return `usdt ${place.path}:${place.provider}:${place.name}`;
    case 'cgroup':
      return `cgroup ${place.program}`;
    case 'sockOps':
      return 'cgroup sock_ops';
  }
}
