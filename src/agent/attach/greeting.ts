import type { Operator } from '../journal.ts';
import { type FileOwner, isFileOwner } from '../sudoUser.ts';
import type { Identity } from './identity.ts';

/** The first word of the agent, as soon as somebody connects. */
export type AgentGreeting = Identity & {
  readonly pid: number;
  /** Name of this host in events. */
  readonly node: string;
  /** It arms nothing and signals nobody, whoever asks. */
  readonly readOnly: boolean;
};

/** What a screen says of itself. */
export type ScreenGreeting = Identity & {
  readonly operator: Operator;
  /** Who called sudo(8), whose rights on files count; absent: nobody. */
  readonly owner?: FileOwner | undefined;
  readonly readOnly: boolean;
};

/** The agent's second word, before any message. */
export type Admission = { readonly admitted: true } | { readonly refusal: string };

const MAX_TEXT = 128;

/** @returns undefined when it is none */
export function readAgentGreeting(value: unknown): AgentGreeting | undefined {
  if (!isObject(value)) return undefined;
  const identity = readIdentity(value);
  const { pid, node, readOnly } = value;
  if (!identity || !isPid(pid) || !isText(node) || typeof readOnly !== 'boolean') return undefined;
  return { ...identity, pid, node, readOnly };
}

/** @returns undefined when it is none */
export function readScreenGreeting(value: unknown): ScreenGreeting | undefined {
  if (!isObject(value)) return undefined;
  const identity = readIdentity(value);
  const operator = readOperator(value.operator);
  const { readOnly, owner } = value;
  if (!identity || !operator || typeof readOnly !== 'boolean') return undefined;
  if (owner === undefined) return { ...identity, operator, readOnly };
  if (!isFileOwner(owner)) return undefined;
  return { ...identity, operator, readOnly, owner: { uid: owner.uid, gid: owner.gid } };
}

/** @returns undefined when it is none */
export function readAdmission(value: unknown): Admission | undefined {
  if (!isObject(value)) return undefined;
  if (value.admitted === true) return { admitted: true };
  return typeof value.refusal === 'string' ? { refusal: value.refusal } : undefined;
}

function readIdentity({
  protocol,
  version,
  layouts,
}: Record<string, unknown>): Identity | undefined {
  if (typeof protocol !== 'number' || !isText(version) || !isText(layouts)) return undefined;
  return { protocol, version, layouts };
}

function readOperator(value: unknown): Operator | undefined {
  if (!isObject(value)) return undefined;
  const { user, sudoUser, tty } = value;
  if (!isText(user) || !isTextOrNone(sudoUser) || !isTextOrNone(tty)) return undefined;
  return {
    user,
    ...(sudoUser === undefined ? {} : { sudoUser }),
    ...(tty === undefined ? {} : { tty }),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
/** Of one line: it is written into logs. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT && !/\p{Cc}/u.test(value);
const isTextOrNone = (value: unknown): value is string | undefined =>
  value === undefined || isText(value);
const isPid = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31;
