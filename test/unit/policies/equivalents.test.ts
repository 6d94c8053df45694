import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openKernelBtf } from '../../../src/agent/host/btf.ts';
import { syscallParameters } from '../../../src/events/syscallPrototypes.ts';
import { ABSENT } from '../../../src/policies/equivalents/absent.ts';
import {
  equivalentFunctions,
  equivalentOf,
  syscallBodies,
  syscallOfBody,
} from '../../../src/policies/equivalents/index.ts';
import type {
  Equivalent,
  EquivalentPoint,
  Source,
  SourceKind,
} from '../../../src/policies/equivalents/types.ts';
import type { HostAbilities } from '../../../src/policies/plan.ts';
import { HARDENED, on, RAW_ARGUMENTS } from './planHost.ts';

/** A kernel that has every function of the table: those of before 6.9 and those of since. */
const KERNELS: HostAbilities[] = [HARDENED, on({ kernel: [6, 8] })];

const entryOf = (name: string, host: HostAbilities): Equivalent | undefined => {
  const entry = equivalentOf(name, host);
  return 'find' in entry ? entry : undefined;
};

type Named = { name: string; point: EquivalentPoint; entry: Equivalent };

const pointsOn = (hosts: readonly HostAbilities[]): Named[] =>
  hosts.flatMap((host) =>
    equivalentFunctions().flatMap((name) => {
      const entry = entryOf(name, host);
      const found = entry?.find(host);
      if (!entry || !found || 'reason' in found) return [];
      return [...found.tell, ...(found.signal ?? []), ...(found.override ?? [])].map((point) => ({
        name,
        point,
        entry,
      }));
    }),
  );

const sourcesOf = ({ point }: Named): Source[] => [
  ...point.parameters.filter((source) => source !== undefined),
  ...point.requires.map(({ source }) => source),
  ...(point.returns ? [point.returns] : []),
];

describe('the table', () => {
  const points = pointsOn(KERNELS);

  test('stands for many functions, each once, and for none that it calls absent', () => {
    const names = equivalentFunctions();
    expect(names.length).toBeGreaterThan(100);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => Object.hasOwn(ABSENT, name))).toEqual([]);
    expect(equivalentOf('toString', HARDENED)).toHaveProperty('reason');
    expect(equivalentOf('__proto__', HARDENED)).toHaveProperty('reason');
  });

  test('tells what differs and what SIGKILL does, and has no more parameters than the function', () => {
    const wrong = points.filter(
      ({ point, entry }) =>
        point.sigkill === '' ||
        point.obtained === '' ||
        point.parameters.length > entry.parameters.length,
    );
    expect(wrong.map(({ name, point }) => `${name} ${point.obtained}`)).toEqual([]);
  });

  test('asks system calls only for arguments that they have', () => {
    const wrong = points.flatMap((named) => {
      const { attachment } = named.point;
      if (attachment.kind !== 'syscall' && attachment.kind !== 'syscallReturn') return [];
      const parameters = syscallParameters(attachment.syscall);
      if (!parameters) return [];
      return sourcesOf(named)
        .filter(({ input, size }) =>
          [input, size].some((at) => typeof at === 'number' && at >= parameters.length),
        )
        .map(({ input }) => `${named.name} ${attachment.syscall} ${input}`);
    });
    expect(wrong).toEqual([]);
  });

  test('reads pointers as pointers and numbers as numbers', () => {
    const wrong = points.flatMap((named) => {
      const { attachment } = named.point;
      if (attachment.kind !== 'syscall' && attachment.kind !== 'syscallReturn') return [];
      const parameters = syscallParameters(attachment.syscall) ?? [];
      return sourcesOf(named)
        .filter(({ input, flags }) => {
          const type = typeof input === 'number' ? parameters[input]?.type : undefined;
          if (type === undefined) return false;
          const isPointer = type.endsWith('*') || /cap_user_/.test(type);
          return isPointer !== flags.includes('TG_VALUE_USER');
        })
        .map(({ input }) => `${named.name}: ${attachment.syscall} argument ${input}`);
    });
    expect(wrong).toEqual([]);
  });

  test('asks raw tracepoints for arguments of the right type', () => {
    expect(misreadTracepoints(points, (name) => RAW_ARGUMENTS[name])).toEqual([]);
  });

  test('without raw tracepoints there is nothing', () => {
    const bare = on({ rawTracepoints: false });
    expect(pointsOn([bare])).toEqual([]);
  });

  test('points that can’t be had on a host are left out', () => {
    const calls = (host: HostAbilities) => {
      const found = entryOf('security_inode_mkdir', host)?.find(host);
      return found && 'tell' in found
        ? found.tell.map(({ attachment }) => ('syscall' in attachment ? attachment.syscall : ''))
        : found?.reason;
    };
    expect(calls(HARDENED)).toEqual(['mkdir', 'mkdirat']);
    expect(calls(on({ arch: 'arm64' }))).toEqual(['mkdirat']);
  });
});

test('bodies of system calls', () => {
  expect(syscallOfBody('__sys_setuid', 'x64')).toBe('setuid');
  expect(syscallOfBody('ksys_read', 'x64')).toBe('read');
  expect(syscallOfBody('__sys_bpf', 'x64')).toBeUndefined();
  expect(syscallOfBody('__sys_constructor', 'x64')).toBeUndefined();
  expect(syscallBodies('x64')).toContain('__sys_connect');
});

/** Sources that take an argument of a raw tracepoint for what it isn't. */
function misreadTracepoints(
  points: readonly Named[],
  typesOf: (name: string) => readonly string[] | undefined,
): string[] {
  return points.flatMap((named) => {
    const { attachment } = named.point;
    if (attachment.kind !== 'rawTracepoint') return [];
    const types = typesOf(attachment.name) ?? [];
    return sourcesOf(named)
      .filter(({ input, struct, kind }) => {
        if (typeof input !== 'number') return false;
        const type = types[input]?.replace(/^const /, '') ?? '';
        return kind === 'number'
          ? type === '' || type.endsWith('*')
          : type !== `struct ${struct} *`;
      })
      .map(({ input, struct }) => `${named.name}: ${attachment.name} ${input} ${struct}`);
  });
}

describe.skipIf(!existsSync('/sys/kernel/btf/vmlinux'))('on this kernel (skipped: no BTF)', () => {
  const btf = openKernelBtf();
  const here = on({
    rawTracepointArguments: btf.rawTracepointArguments,
    resolveField: btf.resolveField,
  });
  const points = pointsOn([here]);

  test('the tracepoints have the arguments that the table reads', () => {
    expect(misreadTracepoints(points, btf.rawTracepointArguments)).toEqual([]);
  });

  test('the structs have the fields that the table goes through', () => {
    for (const named of points)
      for (const { struct, path } of sourcesOf(named))
        if (struct !== undefined && path.length > 0)
          expect(btf.resolveField(struct, path, undefined).size).toBe(8);
  });

  test('the functions that this kernel has, have the parameters that the table says', () => {
    const known = points.flatMap(({ name, entry, point }) => {
      const found = btf.functionPrototype(name);
      return found && !CHANGED.includes(name)
        ? [{ name, entry, point, types: found.parameters }]
        : [];
    });
    expect(new Set(known.map(({ name }) => name)).size).toBeGreaterThan(80);
    const wrong = known.flatMap(({ name, entry, point, types }) => [
      ...(entry.parameters.length > types.length ? [`${name} has ${types.length} parameters`] : []),
      ...point.parameters.flatMap((source, index) =>
        source && !KINDS[source.kind].test(types[index]?.type ?? '')
          ? [`${name}: parameter ${index} is ${types[index]?.type}, not ${source.kind}`]
          : [],
      ),
    ]);
    expect([...new Set(wrong)]).toEqual([]);
  });
});

/** Functions whose parameters are those of older kernels as well. */
const CHANGED = ['tty_write'];

/** C types of the function's parameter that a source of each kind may stand for. */
const KINDS: Readonly<Record<SourceKind, RegExp>> = {
  number: /^(?!.*\*).+/,
  text: /char \*$|struct (?:path|dentry|filename) \*$/,
  bytes: /char \*$/,
  iovec: /struct iovec \*$/,
  file: /struct (?:file|path|dentry|linux_binprm|inode) \*$/,
  sock: /struct (?:sock|socket) \*$/,
  socketAddress: /struct sockaddr(?:_unsized|_in)? \*$/,
  inetAddress: /struct sockaddr(?:_unsized|_in)? \*$/,
  cred: /struct cred \*$/,
  userNamespace: /struct user_namespace \*$/,
  capabilities: /kernel_cap_t \*$/,
  skb: /struct sk_buff \*$/,
  netDevice: /struct net_device \*$/,
  bpfProgram: /union bpf_attr \*$|struct bpf_prog \*+$|struct bpf_prog \* \*$|bpfptr_t/,
  bpfMap: /struct bpf_map \*$/,
  perfEvent: /struct perf_event \*$/,
  module: /struct module \*$/,
};
