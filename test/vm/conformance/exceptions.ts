import type { Json } from './events.ts';

/** Of a value that may differ, what it is in the recording and in ours; undefined: it is not there. */
type Pair = { recorded: Json | undefined; ours: Json | undefined };

/** What need not be the same. Nothing else may differ. */
export type Exception = {
  /** Path of the value inside the line, with numbers for the elements of lists: `process_kprobe.args.0.int_arg`. */
  path: RegExp;
  why: string;
  /** The two may stand for each other. What neither has is not asked about. */
  allows(pair: Pair): boolean;
  /** They name things: where the recording has the same value twice, so must we, and where it has two, we must. */
  naming?: string;
};

const both =
  (isOne: (value: Json | undefined) => boolean) =>
  ({ recorded, ours }: Pair): boolean =>
    isOne(recorded) && isOne(ours);

const isNumber = (value: Json | undefined) => typeof value === 'number' && value > 0;

const matches = (pattern: RegExp) => (value: Json | undefined) =>
  typeof value === 'string' && pattern.test(value);

const isExecId = (value: Json | undefined) =>
  typeof value === 'string' &&
  /^vmrun:\d+:\d+$/.test(Buffer.from(value, 'base64').toString('latin1'));

/** Default of net.ipv4.ip_local_port_range. */
const isEphemeral = (value: Json | undefined) =>
  typeof value === 'number' && value >= 32768 && value <= 60999;

/** What the first process of the two VMs is, the recorder's and test/vm/boot's. */
const FIRST_PROCESS: Readonly<Record<string, string>> = {
  '/run/vmrun': '/run/vm',
  '/run/vmrun/busybox': '/run/vm/busybox',
  'sh /run/vmrun/stage2': 'sh /run/vm/session',
};

export const EXCEPTIONS: readonly Exception[] = [
  {
    path: /\.(parent_)?exec_id$/,
    why: 'identity: made of the node, a time and a pid',
    allows: both(isExecId),
    naming: 'exec id',
  },
  { path: /\.[pt]id$/, why: 'identity', allows: both(isNumber), naming: 'pid' },
  {
    path: /(^|\.)(start_)?time$/,
    why: 'identity',
    allows: both(matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z$/)),
  },
  {
    path: /\.inum$/,
    why: 'identity: inode number of a namespace',
    allows: both(isNumber),
    naming: 'namespace',
  },
  {
    path: /\.sock_arg\.cookie$/,
    why: 'identity: address of the socket',
    allows: both(matches(/^\d+$/)),
    naming: 'socket',
  },
  {
    path: /\.refcnt$/,
    why: "identity: how often Tetragon's own cache refers to the process",
    allows: ({ recorded, ours }) => isNumber(recorded) && ours === undefined,
  },
  {
    path: /\.sock_arg\.[sd]port$/,
    why: 'identity: the kernel picks the port of the connecting side',
    allows: both(isEphemeral),
    naming: 'port',
  },
  {
    path: /^trigon$|\.(process|parent|ancestors\.\d+)\.trigon$/,
    why: 'what Tetragon has no field for stands below this key; its readers pass over unknown keys',
    allows: ({ recorded }) => recorded === undefined,
  },
  {
    path: /\.ancestors\.\d+\.(binary|arguments|cwd)$/,
    why: 'the first process is a script of the VM, not of the workload',
    allows: ({ recorded, ours }) =>
      typeof recorded === 'string' &&
      Object.hasOwn(FIRST_PROCESS, recorded) &&
      FIRST_PROCESS[recorded] === ours,
  },
];
