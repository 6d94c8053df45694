import { HAND_SIGNALS, type ToAgent } from '../messages.ts';
import {
  type Check,
  flag,
  integer,
  isPlain,
  listOf,
  ns,
  oneOf,
  orNone,
  recordOf,
  shape,
  text,
  textOf,
  u32,
} from '../shape.ts';

/** What a screen may ask for over a socket. `done` is what the socket itself tells; stopping is not a screen's to do. */
export type ScreenRequest = Exclude<ToAgent, { type: 'stop' | 'done' | 'playback' }>;

/** Lists of a request: processes of a signal, hooks of a policy. */
const MAX_LIST = 4096;

/** The agent's own folder means nothing to whoever sits at the screen. */
const path = textOf(/^\//);
const list = (check: Check): Check => listOf(check, MAX_LIST);
const texts = recordOf(text, MAX_LIST);

const about = { request: u32, policy: u32 };
const process = { pid: u32, ktime: ns };

/** The fields of each kind of request. */
const REQUESTS: { readonly [Type in ScreenRequest['type']]: Check } = {
  heartbeat: shape({}),
  'set-mode': shape({ policy: u32, mode: oneOf('off', 'monitor') }),
  arm: shape({
    policy: u32,
    seconds: orNone(integer),
    added: list(list(oneOf('none', 'kill', 'deny'))),
    fuse: shape({ limit: integer, seconds: integer }),
  }),
  'disarm-all': shape({}),
  'prepare-arming': shape(about),
  'read-policy': shape(about),
  'set-parameters': shape({ ...about, values: texts }),
  'test-policy': shape(about),
  watch: shape({ topics: list(oneOf('tree', 'binaries', 'alerts')) }),
  describe: shape({ request: u32, ...process }),
  'open-files': shape({ request: u32, ...process }),
  'describe-binary': shape({ request: u32, binary: text }),
  'find-target': shape({ request: u32, process: shape(process) }),
  signal: shape({ signal: oneOf(...HAND_SIGNALS), processes: list(shape(process)) }),
  record: shape({ path: orNone(path) }),
  mark: shape({ mark: shape({ time: ns, execId: text, label: text }), isSet: flag }),
};

/** What has come over a socket, when it is a request in every field; else undefined. */
export function readRequest(value: unknown): ScreenRequest | undefined {
  if (!isPlain(value) || typeof value.type !== 'string') return undefined;
  if (!Object.hasOwn(REQUESTS, value.type)) return undefined;
  const check: Check = REQUESTS[value.type as ScreenRequest['type']];
  // The table says so of every field.
  return check(value) ? (value as ScreenRequest) : undefined;
}

/** Requests of a screen that was attached with --read-only which are refused: all that change something for others too. */
export const isChange = ({ type }: ScreenRequest): boolean => CHANGES.has(type);

const CHANGES: ReadonlySet<ScreenRequest['type']> = new Set<ScreenRequest['type']>([
  'set-mode',
  'arm',
  'disarm-all',
  'set-parameters',
  'test-policy',
  'signal',
  'record',
  'mark',
]);
