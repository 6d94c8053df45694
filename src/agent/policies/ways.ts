import { tg_cgroup_place } from '../../generated/layouts.ts';
import { functionOfLsmHook } from '../../policies/planning/lsm.ts';
import type { BpfLink, BpfObject } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { offsetOfAddress, withElf } from '../symbols/elf.ts';
import { functionOffset } from '../symbols/functionOffset.ts';
import { isWritable, usdtArguments } from '../symbols/usdtNotes.ts';
import type { BoundCopy, KernelObjects, ObjectName } from './objects.ts';
import type { Place, Site } from './sites.ts';

/** What has been attached: its links, and the copies of objects that were made for it. */
export type Attached = { links: readonly BpfLink[]; copies: readonly BpfObject[] };

/** An attachment, and what it takes to make it. Equal keys: one for all, whatever the site. */
export type Way = {
  key: string;
  attach(): Attached;
  /** Several ways of one group can be made as one link. */
  group?: { key: string; attach(sites: readonly Site[]): Attached };
};

export type AttachmentHost = {
  /** Cgroup v2 folder; undefined: none. */
  cgroupRoot: string | undefined;
  /** Whether raw tracepoints have cookies: kernels since 6.10 (68ca5d4eebb8). */
  hasRawTracepointCookies: boolean;
  /** Whether LSM programs are called; else the functions that call LSM hooks are refused. */
  hasSecurityHooks: boolean;
  /** The number of an LSM hook in marks (bpf/marks.h). */
  answerNumber(hook: string): number;
  /** Called between the steps of what takes long: links to make or to close, symbols to look up. */
  pulse(): void;
};

/** The programs for the places of sites. */
export function createWays(objects: KernelObjects, host: AttachmentHost): (site: Site) => Way {
  const shared = (
    name: ObjectName,
    program: string,
    attach: (object: BpfObject, program: string) => BpfLink,
  ): Attached => ({
    links: [attach(objects.get(name, [program]), program)],
    copies: [],
  });

  const bound = (
    name: ObjectName,
    copy: BoundCopy,
    attach: (object: BpfObject, program: string) => BpfLink = byName,
  ): Attached => {
    const object = objects.bind(name, copy);
    try {
      return { links: [attach(object, copy.program)], copies: [object] };
    } catch (error) {
      objects.drop(object);
      throw error;
    }
  };

  /** The program that hashes goes first: the kernel runs the one attached last before the others (hlist_add_head, trampoline.c). */
  const attachSecurityHook = ({ hook, hashes }: LsmPlace, site: number): Attached => {
    const globals = { fixed_site: u32(site) };
    const target = hook;
    const before = hashes
      ? bound('hashes', { program: `hash_${hashedArgument(hook)}`, globals, target })
      : NOTHING;
    try {
      const engine = bound('trampolines', { program: 'security_hook', globals, target });
      return {
        links: [...engine.links, ...before.links],
        copies: [...engine.copies, ...before.copies],
      };
    } catch (error) {
      for (const link of before.links) link.detach();
      for (const copy of before.copies) objects.drop(copy);
      throw error;
    }
  };

  const attachCgroup = ({ place, programs }: CgroupPrograms, site: number): Attached => {
    const root = host.cgroupRoot;
    if (root === undefined) throw new Error('there is no cgroup v2 tree');
    const object = objects.get('cgroup', programs);
    object.map('cgroup_sites').set(u32(tg_cgroup_place[place]), u32(site));
    const links: BpfLink[] = [];
    try {
      for (const program of programs) {
        host.pulse();
        links.push(object.attachCgroup(program, root));
      }
      return { links, copies: [] };
    } catch (error) {
      for (const link of links) link.detach();
      throw error;
    }
  };

  const kprobe = ({ number, place }: Site & { place: KprobePlace }): Way => {
    const { returns } = place;
    const program = returns ? 'leave_kernel_function' : 'enter_kernel_function';
    const target = { function: place.function, returns, cookie: BigInt(number) };
    if (!place.multi)
      return {
        key: keyOf(number),
        attach: () =>
          shared('kprobes', program, (object, name) => object.attachKprobe(name, target)),
      };
    const attach = (sites: readonly Site[]): Attached => ({
      links: [
        objects.get('kprobes', [program], 'kprobe.multi').attachKprobeMulti(program, {
          functions: sites.map((site) => (site.place.kind === 'kprobe' ? site.place.function : '')),
          cookies: sites.map((site) => BigInt(site.number)),
          returns,
        }),
      ],
      copies: [],
    });
    return {
      key: keyOf(number),
      attach: () => attach([{ number, place }]),
      group: { key: program, attach },
    };
  };

  const uprobe = ({ number, place }: Site & { place: UprobePlace }): Way => {
    const { path, symbol, refCtrOffset, returns } = place;
    const program = returns ? 'leave_function' : 'enter_function';
    const single = () => {
      const offset = place.address === undefined ? place.offset : fileOffsetOf(place);
      const target = { path, symbol, offset, refCtrOffset, returns, cookie: BigInt(number) };
      return shared('uprobes', program, (object, name) => object.attachUprobe(name, target));
    };
    if (!place.multi) return { key: keyOf(number), attach: single };
    const attach = (sites: readonly Site[]): Attached => {
      const places = sites.flatMap((site) => (site.place.kind === 'uprobe' ? [site.place] : []));
      return {
        links: [
          objects.get('uprobes', [program], 'uprobe.multi').attachUprobeMulti(program, {
            path,
            offsets: places.map((one) => {
              host.pulse();
              return placeInFile(one);
            }),
            refCtrOffsets: places.map((one) => one.refCtrOffset),
            cookies: sites.map((site) => BigInt(site.number)),
            returns,
          }),
        ],
        copies: [],
      };
    };
    return { key: keyOf(number), attach: single, group: { key: `${program} ${path}`, attach } };
  };

  return ({ number, place }) => {
    const cookie = BigInt(number);
    const own = (attach: () => Attached): Way => ({ key: keyOf(number), attach });
    switch (place.kind) {
      case 'enter':
      case 'file':
        return { key: 'enter', attach: () => shared('syscalls', 'enter_syscall', byName) };
      case 'exit':
      case 'fileReturn':
      case 'marks':
        return { key: 'exit', attach: () => shared('returns', 'exit_syscall', byName) };
      case 'answer':
        return {
          key: `answer ${place.hook}`,
          attach: () =>
            bound('answers', {
              ...(host.hasSecurityHooks
                ? { program: 'answer', target: place.hook }
                : { program: 'answer_function', target: functionOfLsmHook(place.hook) }),
              globals: { hook_number: u32(host.answerNumber(place.hook)) },
            }),
        };
      case 'kprobe':
        return kprobe({ number, place });
      case 'kprobeOverride':
        return own(() =>
          shared('override', 'refuse_syscall', (object, program) =>
            object.attachKprobe(program, { function: place.function, returns: false, cookie }),
          ),
        );
      case 'fentry':
        return own(() =>
          bound('trampolines', {
            program: place.returns ? 'leave_traced' : 'enter_traced',
            globals: { fixed_site: u32(number) },
            target: place.function,
          }),
        );
      case 'fmodRet':
        return own(() =>
          bound('trampolines', {
            program: 'refuse_function',
            globals: {
              fixed_site: u32(number),
              ...(place.syscall === undefined ? {} : { fixed_syscall: u32(place.syscall) }),
            },
            target: place.function,
          }),
        );
      case 'lsm':
        return own(() => attachSecurityHook(place, number));
      case 'rawTracepoint':
        return own(() =>
          host.hasRawTracepointCookies
            ? shared('tracepoints', 'raw_tracepoint', (object, program) =>
                object.attachRawTracepoint(program, place.name, cookie),
              )
            : bound(
                'tracepoints',
                {
                  program: 'raw_tracepoint',
                  globals: { fixed_site: u32(number) },
                  target: undefined,
                },
                (object, program) => object.attachRawTracepoint(program, place.name),
              ),
        );
      case 'tracepoint':
        return own(() =>
          shared('perf', 'trace_event', (object, program) =>
            object.attachTracepoint(program, place.subsystem, place.event, cookie),
          ),
        );
      case 'uprobe':
        return uprobe({ number, place });
      case 'usdt': {
        const { path, provider, name } = place;
        const program = 'enter_usdt';
        return own(() => {
          checkWritable(place);
          const object = objects.get(
            'uprobes',
            [program],
            place.sets.length > 0 ? 'sets' : undefined,
          );
          return {
            links: [object.attachUsdt(program, { path, provider, name, cookie })],
            copies: [],
          };
        });
      }
      case 'cgroup':
        return own(() => attachCgroup(CGROUP_PROGRAMS[place.program], number));
      case 'sockOps':
        return own(() => attachCgroup(CGROUP_PROGRAMS.sockOps, number));
    }
  };
}

const NOTHING: Attached = { links: [], copies: [] };

/** What the first argument of an LSM hook is, of which the file is hashed. */
const hashedArgument = (hook: string): 'program' | 'file' =>
  hook.startsWith('bprm_') ? 'program' : 'file';

/** @throws Error when an argument that Set is to write to can't be written to at some place of the probe. */
function checkWritable({ path, provider, name, sets }: UsdtPlace): void {
  if (sets.length === 0) return;
  for (const found of usdtArguments(path, provider, name)) {
    const bad = sets.find((argument) => !isWritable(found[argument]));
    if (bad !== undefined)
      throw new Error(
        `argument ${bad} of ${provider}:${name} is ${found[bad] ?? 'not there'}: Set can write only what is four bytes in memory at a register, like -4@-12(%rbp)`,
      );
  }
}

type UsdtPlace = Extract<Place, { kind: 'usdt' }>;
type LsmPlace = Extract<Place, { kind: 'lsm' }>;
type KprobePlace = Extract<Place, { kind: 'kprobe' }>;
type UprobePlace = Extract<Place, { kind: 'uprobe' }>;

const keyOf = (site: number): string => `site ${site}`;

const byName = (object: BpfObject, program: string): BpfLink => object.attach(program);

type CgroupPrograms = { place: keyof typeof tg_cgroup_place; programs: readonly string[] };

/** Programs of bpf/cgroup.bpf.c, and their place in its map `cgroup_sites`. */
const CGROUP_PROGRAMS = {
  connect: { place: 'TG_CGROUP_CONNECT', programs: ['connect4', 'connect6'] },
  bind: { place: 'TG_CGROUP_BIND', programs: ['bind4', 'bind6'] },
  sendmsg: { place: 'TG_CGROUP_SENDMSG', programs: ['sendmsg4', 'sendmsg6'] },
  socket: { place: 'TG_CGROUP_SOCKET', programs: ['create_socket'] },
  sockOps: { place: 'TG_CGROUP_SOCK_OPS', programs: ['sock_ops'] },
} as const satisfies Record<string, CgroupPrograms>;

/** Where in its file a probe of a program goes. */
function placeInFile(place: UprobePlace): bigint {
  if (place.address !== undefined) return fileOffsetOf(place);
  return place.symbol === undefined
    ? place.offset
    : functionOffset(place.path, place.symbol) + place.offset;
}

/** Where in an executable lies what is loaded to a virtual address. */
function fileOffsetOf({ path, address = 0n }: UprobePlace): bigint {
  const offset = withElf(path, (elf) => offsetOfAddress(elf, Number(address)));
  if (offset === undefined)
    throw new Error(`${path} has nothing at address 0x${address.toString(16)}`);
  return BigInt(offset);
}
