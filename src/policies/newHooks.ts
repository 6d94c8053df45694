import { type SyscallParameter, syscallParameters } from '../events/syscallPrototypes.ts';
import type { NewArgument, NewFilter } from './newText.ts';
import type { ArgumentWish, Paths } from './newValues.ts';

/** What `policy new` hooks on for a wish: the function, the arguments it shows, and what it asks of them. */
export type HookWish = {
  why: string[];
  call: string;
  syscall: boolean;
  args: NewArgument[];
  /** Alternatives; all filters of one must hold. At least one, which may be empty. */
  filters: NewFilter[][];
};

/** MAY_* of include/linux/fs.h; PROT_* and MAP_SHARED of include/uapi/asm-generic/mman-common.h and linux/mman.h. */
const MAY_WRITE = '2';
const MAY_READ = '4';
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = '1';

/** Paths as filters: one alternative for those that are compared whole, one for folders. */
function pathFilters(index: number, paths: Paths): NewFilter[] {
  const filters: NewFilter[] = [];
  if (paths.exact.length > 0)
    filters.push({ index, operator: 'Equal', values: paths.exact, why: 'exactly these files:' });
  if (paths.prefixes.length > 0)
    filters.push({
      index,
      operator: 'Prefix',
      values: paths.prefixes,
      why: 'everything below these folders:',
    });
  return filters;
}

/** Reads and writes of files take three ways: calls such as write(2), shared mappings, and truncation. */
export function fileHooks(paths: Paths, access: { read: boolean; write: boolean }): HookWish[] {
  const { read, write } = access;
  const both = read && write;
  const kinds = pathFilters(0, paths);
  const how = both ? 'reads and writes' : read ? 'reads' : 'writes';
  const accessFilter: NewFilter = {
    index: 1,
    operator: 'Equal',
    values: [
      ...(read ? [{ value: MAY_READ, why: 'MAY_READ' }] : []),
      ...(write ? [{ value: MAY_WRITE, why: 'MAY_WRITE' }] : []),
    ],
    why: `only ${how}:`,
  };
  const protection = (read ? PROT_READ : 0) | (write ? PROT_WRITE : 0);
  const protFilter: NewFilter = {
    index: 1,
    operator: 'Mask',
    values: [
      {
        value: String(protection),
        why: both ? 'PROT_READ or PROT_WRITE' : read ? 'PROT_READ' : 'PROT_WRITE',
      },
    ],
    why: `only mappings for ${how}:`,
  };
  const sharedFilter: NewFilter = {
    index: 2,
    operator: 'Mask',
    values: [{ value: MAP_SHARED, why: 'MAP_SHARED' }],
    why: 'only shared mappings: what is written to a private one never reaches the file',
  };
  const hooks: HookWish[] = [
    {
      why: [`The kernel asks this function before every read(2), write(2) and their kin (${how}).`],
      call: 'security_file_permission',
      syscall: false,
      args: [
        { index: 0, type: 'file', why: 'the file, shown with its path' },
        { index: 1, type: 'int', label: 'access', why: '4 is MAY_READ, 2 is MAY_WRITE' },
      ],
      filters: kinds.map((kind) => [kind, accessFilter]),
    },
    {
      why: [
        'A file that is mapped into memory is accessed without any further call: the mapping itself is what can be seen.',
      ],
      call: 'security_mmap_file',
      syscall: false,
      args: [
        { index: 0, type: 'file' },
        { index: 1, type: 'uint32', label: 'prot', why: '1 PROT_READ, 2 PROT_WRITE, 4 PROT_EXEC' },
        { index: 2, type: 'uint32', label: 'flags', why: '1 MAP_SHARED, 2 MAP_PRIVATE' },
      ],
      filters: kinds.map((kind) => (read ? [kind, protFilter] : [kind, protFilter, sharedFilter])),
    },
  ];
  if (write)
    hooks.push({
      why: [
        'Cutting a file: truncate(2), and opening with O_TRUNC as "> file" in a shell does. Not covered by this policy: files that are renamed, linked or removed.',
      ],
      call: 'security_path_truncate',
      syscall: false,
      args: [{ index: 0, type: 'path' }],
      filters: kinds.map((kind) => [kind]),
    });
  return hooks;
}

export function execHook(paths: Paths): HookWish {
  const kinds = pathFilters(0, paths);
  return {
    why: [
      'The kernel asks this function for every program that is about to run. A script is seen by its own path first, then its interpreter by its.',
    ],
    call: 'security_bprm_check',
    syscall: false,
    args: [{ index: 0, type: 'linux_binprm', why: 'the program, shown with its path' }],
    filters: kinds.length > 0 ? kinds.map((kind) => [kind]) : [[]],
  };
}

export type NetworkWish = { cidrs: string[]; notCidrs: string[]; ports: string[] };

const INET: NewFilter['values'] = ['AF_INET', 'AF_INET6'];

/** What the language calls a side's address and port. */
const SIDES = {
  local: { address: 'SAddr', port: 'SPort', what: 'local' },
  peer: { address: 'DAddr', port: 'DPort', what: "the peer's" },
  /** A sockaddr has one address only, which the language calls the source. */
  sockaddr: { address: 'SAddr', port: 'SPort', what: 'the given' },
} as const;

function networkFilters(index: number, side: keyof typeof SIDES, wish: NetworkWish): NewFilter[] {
  const { address, port, what } = SIDES[side];
  const filters: NewFilter[] = [];
  const add = (operator: string, values: string[], why: string) => {
    if (values.length > 0) filters.push({ index, operator, values, why });
  };
  if (side === 'sockaddr')
    filters.push({ index, operator: 'Family', values: INET, why: 'only IPv4 and IPv6:' });
  add(address, wish.cidrs, `${what} address is one of these:`);
  add(`Not${address}`, wish.notCidrs, `${what} address is none of these:`);
  add(port, wish.ports, `${what} port is one of these:`);
  return filters;
}

/** @param deny then only a function whose answer the kernel heeds will do. */
export function connectHook(wish: NetworkWish, deny: boolean): HookWish {
  return deny
    ? {
        why: [
          'The kernel asks this function before connect(2), TCP and UDP alike; what it answers counts. UDP without connect(2) is not seen.',
        ],
        call: 'security_socket_connect',
        syscall: false,
        args: [{ index: 1, type: 'sockaddr', why: 'the address to connect to' }],
        filters: [networkFilters(1, 'sockaddr', wish)],
      }
    : {
        why: ['The kernel runs this function for every TCP connection that a process opens.'],
        call: 'tcp_connect',
        syscall: false,
        args: [{ index: 0, type: 'sock', why: 'the socket, shown with both addresses and ports' }],
        filters: [networkFilters(0, 'peer', wish)],
      };
}

export function bindHook(wish: NetworkWish): HookWish {
  return {
    why: ['The kernel asks this function before bind(2): a socket takes an address of its own.'],
    call: 'security_socket_bind',
    syscall: false,
    args: [{ index: 1, type: 'sockaddr', why: 'the address to take' }],
    filters: [networkFilters(1, 'sockaddr', wish)],
  };
}

/** @param deny then only a function whose answer the kernel heeds will do. */
export function listenHook(wish: NetworkWish, deny: boolean): HookWish {
  const filters = networkFilters(0, 'local', wish);
  return deny
    ? {
        why: ['The kernel asks this function before listen(2); what it answers counts.'],
        call: 'security_socket_listen',
        syscall: false,
        args: [{ index: 0, type: 'socket' }],
        filters: [filters],
      }
    : {
        why: ['The kernel runs this function when a TCP socket begins to listen.'],
        call: 'inet_csk_listen_start',
        syscall: false,
        args: [{ index: 0, type: 'sock', why: 'the socket, shown with its address and port' }],
        filters: [filters],
      };
}

/** An event carries so many values, those of `data` among them. */
const MAX_VALUES = 5;

/** @param room how many of an event's values are taken already. */
export function syscallHook(
  name: string,
  wishes: readonly ArgumentWish[],
  taken: number,
): HookWish {
  const parameters = syscallParameters(name) ?? [];
  const known = parameters.slice(0, MAX_VALUES).flatMap((parameter, index) => {
    const wish = wishes.find((one) => one.index === index);
    const type = argumentType(parameter, wish);
    return type === undefined ? [] : [{ index, type, label: parameter.name, isWanted: !!wish }];
  });
  const unknown = [...new Set(wishes.map(({ index }) => index))]
    .filter((index) => !known.some((arg) => arg.index === index))
    .map((index) => {
      const isText = wishes.some((wish) => wish.index === index && wish.isText);
      const type = isText ? 'string' : 'int64';
      return { index, type, label: parameters[index]?.name, isWanted: true };
    });
  const args = [...known, ...unknown]
    .sort((a, b) => Number(b.isWanted) - Number(a.isWanted))
    .slice(0, MAX_VALUES - taken)
    .sort((a, b) => a.index - b.index)
    .map(({ index, type, label }) => ({ index, type, label }));
  const hasText = args.some(({ type }) => type === 'string');
  return {
    why: [
      `The system call ${name}, as it begins.`,
      ...(hasText
        ? [
            'Its texts are read from the process, which may change them before the kernel reads them again: good for watching, not a wall.',
          ]
        : []),
    ],
    call: `sys_${name}`,
    syscall: true,
    args,
    filters: [
      wishes.map(({ index, operator, values }) => ({
        index,
        operator,
        values,
        why: `argument ${index}${parameters[index] ? `, ${parameters[index].name}` : ''}:`,
      })),
    ],
  };
}

/** Buffers of bytes, not texts, though C calls them char *. */
const BUFFERS: readonly string[] = ['buf', 'ubuf', 'buff', 'optval'];

const NUMBER_TYPES: Readonly<Record<string, string>> = {
  int: 'int',
  pid_t: 'int',
  clockid_t: 'int',
  'unsigned int': 'uint32',
  unsigned: 'uint32',
  u32: 'uint32',
  uid_t: 'uint32',
  gid_t: 'uint32',
  umode_t: 'uint16',
  long: 'int64',
  off_t: 'int64',
  loff_t: 'int64',
  'unsigned long': 'uint64',
  size_t: 'uint64',
};

/** The language's type for a parameter as C declares it; undefined: it can't be shown. */
function argumentType(
  { type, name }: SyscallParameter,
  wish: ArgumentWish | undefined,
): string | undefined {
  const plain = type.replace(/^const /, '');
  if (plain === 'char *') return BUFFERS.includes(name) ? undefined : 'string';
  const number = NUMBER_TYPES[plain];
  // A descriptor tells more as the file it stands for, unless its number is what is asked for.
  return name === 'fd' && number !== undefined && !number.endsWith('64') && !(wish && !wish.isText)
    ? 'fd'
    : number;
}
