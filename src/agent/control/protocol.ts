import type { AddedAction } from '../../policies/addActions.ts';
import type { Operator } from '../journal.ts';
import { DEFAULT_FUSE, type Fuse, type PolicyStatus } from '../messages.ts';
import type { AgentStats } from '../metrics/types.ts';

/**
 * What `trigon policy` and a running Trigon say to each other: one JSON object a line, a request and its answer in turn. Whoever
 * reaches the socket is root, but what arrives is still checked field by field: a slip must not arm anything.
 */
const PROTOCOL_VERSION = 1;

/** Of a request, its line end included. Policies are a few KiB. */
export const MAX_REQUEST_BYTES = 1 << 20;
/** Of an answer: hundreds of policies with all their selectors in words. */
export const MAX_ANSWER_BYTES = 16 << 20;

export type ControlRequest = ControlCommand & {
  /** Who asks, as they say themselves: for the journal. Whoever can ask at all is root, and could say anything. */
  operator?: Operator | undefined;
};

export type ControlCommand =
  | { command: 'status' }
  | { command: 'stats' }
  | {
      command: 'add';
      /** The text of the policy file: the agent needn't be able to read it. */
      source: string;
      /** Its absolute path, which keys the policy beside its name. */
      file: string;
      mode: 'off' | 'monitor';
      /** Values of `${NAME}` placeholders. */
      variables: Readonly<Record<string, string>>;
    }
  | { command: 'remove'; id: number }
  | { command: 'set-mode'; id: number; mode: 'off' | 'monitor' }
  /** `seconds` null: until Trigon ends. */
  | { command: 'arm'; id: number; seconds: number | null; add: AddedAction; fuse: Fuse };

/** What an answer holds, by command. */
export type ControlResults = {
  status: { pid: number; policies: PolicyStatus[] };
  stats: AgentStats;
  /** Problems and warnings are lines for the operator; a file with an error adds nothing. */
  add: { ids: number[]; problems: string[]; warnings: string[] };
  remove: Record<never, never>;
  'set-mode': Record<never, never>;
  arm: Record<never, never>;
};

export type ControlAnswer<T> = { ok: true; result: T } | { ok: false; error: string };

/** A line that is no request of ours; the message says why. */
export class ProtocolError extends Error {}

export function encodeRequest(request: ControlRequest): string {
  return `${JSON.stringify({ trigon: PROTOCOL_VERSION, ...request })}\n`;
}

export function encodeAnswer(answer: ControlAnswer<unknown>): string {
  // A counter may be a bigint: as a text it keeps all its digits, as Tetragon's JSON does it.
  const plain = (_key: string, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value;
  return `${JSON.stringify({ trigon: PROTOCOL_VERSION, ...answer }, plain)}\n`;
}

/** @throws ProtocolError */
export function decodeRequest(line: string): ControlRequest {
  const fields = readObject(line);
  const operator = fields.has('operator') ? readOperator(fields.take('operator')) : undefined;
  const command = readCommand(fields);
  fields.end();
  return operator === undefined ? command : { ...command, operator };
}

function readCommand(fields: Fields): ControlCommand {
  const command = fields.text('command');
  switch (command) {
    case 'status':
    case 'stats':
      return { command };
    case 'add':
      return {
        command,
        source: fields.text('source'),
        file: fields.text('file'),
        mode: fields.choice('mode', ['off', 'monitor']),
        variables: fields.texts('variables'),
      };
    case 'remove':
      return { command, id: fields.number('id', 0) };
    case 'set-mode':
      return {
        command,
        id: fields.number('id', 0),
        mode: fields.choice('mode', ['off', 'monitor']),
      };
    case 'arm':
      return {
        command,
        id: fields.number('id', 0),
        seconds: fields.isNull('seconds') ? null : fields.number('seconds', 1),
        add: fields.choice('add', ['none', 'kill', 'deny']),
        fuse: fields.has('fuse') ? readFuse(fields.take('fuse')) : DEFAULT_FUSE,
      };
    default:
      throw new ProtocolError(
        'unknown command; there are: status, stats, add, remove, set-mode, arm',
      );
  }
}

/** Of each text about an operator: the journal keeps many. */
const MAX_OPERATOR_TEXT = 128;

function readOperator(value: unknown): Operator {
  if (!isObject(value)) throw new ProtocolError('"operator" must be an object');
  const fields = fieldsOf(value);
  const text = (name: string) => {
    const found = fields.text(name);
    if (found.length > MAX_OPERATOR_TEXT)
      throw new ProtocolError(`"${name}" may have ${MAX_OPERATOR_TEXT} characters at most`);
    return found;
  };
  const operator: Operator = {
    user: text('user'),
    ...(fields.has('sudoUser') ? { sudoUser: text('sudoUser') } : {}),
    ...(fields.has('tty') ? { tty: text('tty') } : {}),
  };
  fields.end();
  return operator;
}

/** The answer in a line. @throws ProtocolError when it isn't one, or of another version. */
export function decodeAnswer<T>(line: string): ControlAnswer<T> {
  const answer = parseVersioned(line);
  if (answer.ok === true && typeof answer.result === 'object' && answer.result !== null)
    // What stands in it was made by our own encodeAnswer: the version says so.
    return { ok: true, result: answer.result as T };
  if (answer.ok === false && typeof answer.error === 'string')
    return { ok: false, error: answer.error };
  throw new ProtocolError('not an answer of Trigon');
}

function readFuse(value: unknown): Fuse {
  if (!isObject(value)) throw new ProtocolError('"fuse" must be an object');
  const fields = fieldsOf(value);
  const fuse = { limit: fields.number('limit', 1), seconds: fields.number('seconds', 1) };
  fields.end();
  return fuse;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseVersioned(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ProtocolError('not a JSON object');
  }
  if (!isObject(value)) throw new ProtocolError('not a JSON object');
  if (value.trigon !== PROTOCOL_VERSION)
    throw new ProtocolError(
      `the other side speaks another version of the protocol; this one has ${PROTOCOL_VERSION}`,
    );
  return value;
}

function readObject(line: string): Fields {
  const { trigon: _, ...rest } = parseVersioned(line);
  return fieldsOf(rest);
}

/** The kernel keeps ids, times and limits in 32 bits. */
const MAX_NUMBER = 0xffffffff;

type Fields = ReturnType<typeof fieldsOf>;

/** Reads the fields of an object one by one; `end` refuses what nobody has read. */
function fieldsOf(value: Record<string, unknown>) {
  const rest = new Map(Object.entries(value));
  const take = (name: string): unknown => {
    if (!rest.has(name)) throw new ProtocolError(`"${name}" is missing`);
    const found = rest.get(name);
    rest.delete(name);
    return found;
  };
  const text = (name: string): string => {
    const found = take(name);
    if (typeof found !== 'string') throw new ProtocolError(`"${name}" must be a text`);
    return found;
  };
  return {
    take,
    text,
    has: (name: string) => rest.has(name),
    /** Whether the field is null; it is read then. */
    isNull(name: string): boolean {
      if (rest.get(name) !== null) return false;
      rest.delete(name);
      return true;
    },
    choice<const T extends string>(name: string, allowed: readonly T[]): T {
      const found = text(name);
      const word = allowed.find((candidate) => candidate === found);
      if (word === undefined) throw new ProtocolError(`"${name}" must be ${allowed.join(' or ')}`);
      return word;
    },
    flag(name: string): boolean {
      const found = take(name);
      if (typeof found !== 'boolean') throw new ProtocolError(`"${name}" must be true or false`);
      return found;
    },
    number(name: string, least: number): number {
      const found = take(name);
      const fits =
        typeof found === 'number' &&
        Number.isInteger(found) &&
        found >= least &&
        found <= MAX_NUMBER;
      if (!fits) throw new ProtocolError(`"${name}" must be a whole number from ${least}`);
      return found;
    },
    texts(name: string): Record<string, string> {
      const found = take(name);
      if (!isObject(found)) throw new ProtocolError(`"${name}" must be an object of texts`);
      return Object.fromEntries(
        Object.entries(found).map(([key, entry]) => {
          if (typeof entry !== 'string')
            throw new ProtocolError(`"${name}" must be an object of texts`);
          return [key, entry];
        }),
      );
    },
    end(): void {
      const [unknown] = rest.keys();
      if (unknown !== undefined)
        throw new ProtocolError(`unknown field ${JSON.stringify(unknown.slice(0, 40))}`);
    },
  };
}
