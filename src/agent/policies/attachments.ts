import { tg_cgroup_place } from '../../generated/layouts.ts';
import { type BpfLink, type BpfObject, isBpfError } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { offsetOfAddress, withElf } from '../symbols/elf.ts';
import type { KernelObjects, ObjectName } from './objects.ts';
import type { Site } from './sites.ts';

/** The programs at the sites: attached while a policy that is switched on needs them. */
export type Attachments = {
  /**
   * Attaches what these sites need and detaches everything else. What the kernel refuses is not an error: see `failureOf`. It is
   * tried again with the next update.
   */
  update(needed: ReadonlySet<Site>): void;
  /** Why the site's program is not attached; undefined: it is, or it isn't needed. */
  failureOf(site: Site): string | undefined;
  close(): void;
};

/** An attachment, and what it takes to make it. Equal keys: one for all, whatever the site. */
type Way = { key: string; attach(): BpfLink[] };

export type AttachmentHost = {
  /** Cgroup v2 folder; undefined: none. */
  cgroupRoot: string | undefined;
  /** Whether raw tracepoints have cookies: kernels since 6.10 (68ca5d4eebb8). */
  hasRawTracepointCookies: boolean;
};

export function createAttachments(objects: KernelObjects, host: AttachmentHost): Attachments {
  const links = new Map<string, BpfLink[]>();
  const failures = new Map<string, string>();

  const wayOf = ({ number, place }: Site): Way => {
    const cookie = BigInt(number);
    const one = (
      name: ObjectName,
      program: string,
      attach: (object: BpfObject, program: string) => BpfLink,
    ) => [attach(objects.get(name, [program]), program)];
    const own = (attach: () => BpfLink[]): Way => ({ key: `site ${number}`, attach });
    const byName = (object: BpfObject, program: string) => object.attach(program);
    switch (place.kind) {
      case 'enter':
      case 'file':
        return { key: 'enter', attach: () => one('syscalls', 'enter_syscall', byName) };
      case 'exit':
      case 'fileReturn':
        return { key: 'exit', attach: () => one('returns', 'exit_syscall', byName) };
      case 'rawTracepoint':
        return own(() =>
          host.hasRawTracepointCookies
            ? one('tracepoints', 'raw_tracepoint', (object, program) =>
                object.attachRawTracepoint(program, place.name, cookie),
              )
            : [objects.forSite(number).attachRawTracepoint('raw_tracepoint', place.name)],
        );
      case 'tracepoint':
        return own(() =>
          one('perf', 'trace_event', (object, program) =>
            object.attachTracepoint(program, place.subsystem, place.event, cookie),
          ),
        );
      case 'uprobe': {
        const { path, symbol, refCtrOffset, returns, address } = place;
        return own(() => {
          const offset = address === undefined ? place.offset : fileOffsetOf(path, address);
          const target = { path, symbol, offset, refCtrOffset, returns, cookie };
          return one('uprobes', returns ? 'leave_function' : 'enter_function', (object, program) =>
            object.attachUprobe(program, target),
          );
        });
      }
      case 'usdt': {
        const { path, provider, name } = place;
        return own(() =>
          one('uprobes', 'enter_usdt', (object, program) =>
            object.attachUsdt(program, { path, provider, name, cookie }),
          ),
        );
      }
      case 'cgroup':
        return own(() => attachCgroup(CGROUP_PROGRAMS[place.program], number));
      case 'sockOps':
        return own(() => attachCgroup(CGROUP_PROGRAMS.sockOps, number));
    }
  };

  const attachCgroup = ({ place, programs }: CgroupPrograms, site: number): BpfLink[] => {
    const root = host.cgroupRoot;
    if (root === undefined) throw new Error('there is no cgroup v2 tree');
    const object = objects.get('cgroup', programs);
    object.map('cgroup_sites').set(u32(tg_cgroup_place[place]), u32(site));
    const made: BpfLink[] = [];
    try {
      for (const program of programs) made.push(object.attachCgroup(program, root));
      return made;
    } catch (error) {
      for (const link of made) link.detach();
      throw error;
    }
  };

  const detach = (key: string) => {
    for (const link of links.get(key) ?? []) link.detach();
    links.delete(key);
  };

  return {
    update(needed) {
      const ways = new Map([...needed].map(wayOf).map((way) => [way.key, way]));
      for (const key of [...links.keys()]) if (!ways.has(key)) detach(key);
      failures.clear();
      for (const [key, way] of ways) {
        if (links.has(key)) continue;
        try {
          links.set(key, way.attach());
        } catch (error) {
          failures.set(key, explain(error));
        }
      }
    },
    failureOf: (site) => failures.get(wayOf(site).key),
    close() {
      for (const key of [...links.keys()]) detach(key);
    },
  };
}

type CgroupPrograms = { place: keyof typeof tg_cgroup_place; programs: readonly string[] };

/** Programs of bpf/cgroup.bpf.c, and their place in its map `cgroup_sites`. */
const CGROUP_PROGRAMS = {
  connect: { place: 'TG_CGROUP_CONNECT', programs: ['connect4', 'connect6'] },
  bind: { place: 'TG_CGROUP_BIND', programs: ['bind4', 'bind6'] },
  sendmsg: { place: 'TG_CGROUP_SENDMSG', programs: ['sendmsg4', 'sendmsg6'] },
  socket: { place: 'TG_CGROUP_SOCKET', programs: ['create_socket'] },
  sockOps: { place: 'TG_CGROUP_SOCK_OPS', programs: ['sock_ops'] },
} as const satisfies Record<string, CgroupPrograms>;

/** Where in an executable lies what is loaded to a virtual address. */
function fileOffsetOf(path: string, address: bigint): bigint {
  const offset = withElf(path, (elf) => offsetOfAddress(elf, Number(address)));
  if (offset === undefined)
    throw new Error(`${path} has nothing at address 0x${address.toString(16)}`);
  return BigInt(offset);
}

/** The verifier names its reason at the end of its log, in front of these: its statistics, and what libbpf adds. */
const LOG_LINES = 4;
const AFTER_REASON = /^(?:processed |verification time |stack depth |-- |libbpf: |$)/;

/** What was refused and why, for the policy's status; of the verifier's log its last lines. */
function explain(error: unknown): string {
  if (!isBpfError(error)) return error instanceof Error ? error.message : String(error);
  const [first = ''] = error.message.split('\n');
  const program = error.program && !first.includes(error.program) ? `${error.program}: ` : '';
  const log = lastLines(error.log ?? '');
  return [`${program}${first}`, ...log].join('\n');
}

const lastLines = (log: string): string[] =>
  log
    .split('\n')
    .filter((line) => !AFTER_REASON.test(line))
    .slice(-LOG_LINES);
