import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import { formatAddress } from '../../events/address.ts';
import { AF_INET, AF_INET6, tcpStateName } from '../../events/networkNames.ts';
import { socketProtocol } from '../bpf/addon.ts';
import type { SocketFacts } from './types.ts';

const CHUNK = 64 << 10;
/** linux/fcntl.h; node:fs has no name for it. */
const O_PATH = 0o10000000;

type Table = {
  file: string;
  /** The socket of a line, by its inode number; undefined: the line is none. */
  read(line: string): Socket | undefined;
};

type Socket = { inode: string; facts: SocketFacts };

/**
 * What sockets of these inode numbers are, from the tables of the process's network namespace (proc_pid_net(5)). Those that belong
 * to other namespaces are not found, nor are kinds that have no table (vsock, Bluetooth …).
 *
 * In the table of Unix sockets names stand as their makers wrote them, newlines included, so that a name may hold what looks like
 * the line of another socket. So it is believed only of what is a Unix socket by its own word, and of what it has once.
 *
 * @param folder the process's or thread's in /proc
 * @param sockets by inode numbers as in `socket:[4711]`: a descriptor of each
 * @param end where performance.now() ends it: a host with a million connections has tables of hundreds of megabytes
 */
export function findSockets(
  folder: string,
  sockets: ReadonlyMap<string, number>,
  end: number,
): ReadonlyMap<string, SocketFacts> {
  const found = new Map<string, SocketFacts>();
  const isInTime = () => performance.now() < end;
  for (const { file, read } of TABLES) {
    if (found.size === sockets.size || !isInTime()) break;
    eachLine(`${folder}/net/${file}`, (line) => {
      const socket = read(line);
      if (socket && sockets.has(socket.inode)) found.set(socket.inode, socket.facts);
      return found.size < sockets.size && isInTime();
    });
  }
  const rest = [...sockets].filter(
    ([inode, fd]) => !found.has(inode) && isInTime() && isUnix(folder, fd, inode),
  );
  const unix = unixSockets(folder, new Set(rest.map(([inode]) => inode)), isInTime);
  return new Map([...found, ...unix]);
}

/** Only opens the path (open(2), O_PATH): whatever the descriptor has become meanwhile, no file system is asked. */
function isUnix(folder: string, fd: number, inode: string): boolean {
  try {
    const file = openSync(`${folder}/fd/${fd}`, O_PATH);
    try {
      const isIt = readlinkSync(`/proc/self/fd/${file}`) === `socket:[${inode}]`;
      return isIt && socketProtocol(file).startsWith('UNIX');
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** Of those that the table has once; none when there is no time to read it to its end. */
function unixSockets(
  folder: string,
  inodes: ReadonlySet<string>,
  isInTime: () => boolean,
): ReadonlyMap<string, SocketFacts> {
  const found = new Map<string, SocketFacts>();
  const doubtful = new Set<string>();
  if (inodes.size === 0) return found;
  eachLine(`${folder}/net/unix`, (line) => {
    const socket = readUnixLine(line);
    if (socket && inodes.has(socket.inode)) {
      if (found.has(socket.inode)) doubtful.add(socket.inode);
      found.set(socket.inode, socket.facts);
    }
    return isInTime();
  });
  if (!isInTime()) return new Map();
  for (const inode of doubtful) found.delete(inode);
  return found;
}

/** Reads a file line by line until the visitor has enough. A file that isn't there has none. */
function eachLine(path: string, visit: (line: string) => boolean): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    let rest = '';
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const lines = (rest + chunk.toString('latin1', 0, size)).split('\n');
      rest = lines.pop() ?? '';
      if (!lines.every(visit)) return;
    }
    if (rest !== '') visit(rest);
  } catch {
    // The process has ended.
  } finally {
    closeSync(file);
  }
}

const words = (line: string): string[] => line.trim().split(/\s+/);

/** `sl local remote state tx:rx timer retrnsmt uid timeout inode` of tcp, udp, raw and their IPv6 twins. */
const internetTable = (file: string): Table => ({
  file,
  read(line) {
    const [, local = '', remote = '', state = '', , , , , , inode] = words(line);
    if (inode === undefined || !local.includes(':')) return undefined;
    const name = tcpStateName(Number.parseInt(state, 16)).replace(/^TCP_/, '').toLowerCase();
    return {
      inode,
      facts: {
        protocol: file,
        local: internetAddress(local),
        remote: /^0+:0+$/.test(remote) ? '' : internetAddress(remote),
        // The others use the numbers of TCP for "connected" and "not".
        state: file.startsWith('tcp') ? name.replace('_', ' ') : '',
      },
    };
  },
});

/** `0100007F:0016` as 127.0.0.1:22: words of 32 bits in the machine's order, which is little-endian, and the port. */
export function internetAddress(text: string): string {
  const [hex = '', port = ''] = text.split(':');
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length !== 4 && bytes.length !== 16) return text;
  bytes.swap32();
  const number = Number.parseInt(port, 16);
  if (bytes.length === 16) return `[${formatAddress(bytes, AF_INET6)}]:${number}`;
  return `${formatAddress(Buffer.concat([Buffer.alloc(12), bytes]), AF_INET)}:${number}`;
}

const UNIX_TYPES: Readonly<Record<string, string>> = {
  '0001': 'unix stream',
  '0002': 'unix datagram',
  '0005': 'unix packets',
};

/** `Num: RefCount Protocol Flags Type St Inode Path`: a path may hold spaces. */
const UNIX_LINE =
  /^[0-9a-f]+: [0-9A-F]+ \S+ ([0-9A-F]+) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d+)(?: (.*))?$/;

function readUnixLine(line: string): Socket | undefined {
  const match = UNIX_LINE.exec(line);
  if (!match) return undefined;
  const [, flags = '', type = '', state = '', inode = '', path = ''] = match;
  // __SO_ACCEPTCON; SS_CONNECTED (linux/net.h).
  const isListening = flags === '00010000';
  const isConnected = state === '03';
  return {
    inode,
    facts: {
      protocol: UNIX_TYPES[type] ?? 'unix',
      local: Buffer.from(path, 'latin1').toString('utf8'),
      remote: '',
      state: isListening ? 'listen' : isConnected ? 'connected' : '',
    },
  };
}

/** Those whose lines the kernel alone writes. */
const TABLES: readonly Table[] = [
  ...['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6', 'icmp', 'icmp6'].map(internetTable),
  {
    file: 'netlink',
    read(line) {
      // `sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode`
      const [, family = '', port = '', , , , , , , inode] = words(line);
      if (inode === undefined || !/^\d+$/.test(inode)) return undefined;
      const facts = { protocol: 'netlink', local: `${family}:${port}`, remote: '', state: '' };
      return { inode, facts };
    },
  },
  {
    file: 'packet',
    read(line) {
      // `sk RefCnt Type Proto Iface R Rmem User Inode`
      const [, , , protocol = '', device = '', , , , inode] = words(line);
      if (inode === undefined || !/^\d+$/.test(inode)) return undefined;
      const local = `protocol ${protocol}, interface ${device}`;
      return { inode, facts: { protocol: 'packet', local, remote: '', state: '' } };
    },
  },
];
