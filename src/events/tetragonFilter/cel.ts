import { type CelEnv, celEnv, isCelError, objectType, parse, plan } from '@bufbuild/cel';
import {
  create,
  createRegistry,
  type DescMessage,
  fromBinary,
  type Message,
} from '@bufbuild/protobuf';
import { tetragonMessage, tetragonRegistry } from '../../grpc/descriptor.ts';
import { encodeEventMessage } from '../../grpc/event.ts';
import type { Event } from '../types.ts';
import { ADDRESS_FUNCTIONS, ADDRESS_TYPES } from './celAddresses.ts';
import { checkExpression } from './celCheck.ts';
import { STRING_FUNCTIONS } from './celStrings.ts';
import { compileRegex } from './fields.ts';

/**
 * Tetragon's `cel_expression`. Its variables are the events of a GetEventsResponse, as its protobuf messages: the one that the event
 * has, and of the others empty ones. Loaded only when there is an expression.
 */

/** @throws Error when the expression fails on the event */
type CelTest = (event: Event) => boolean;

export type CelCompiler = {
  /** @throws Error saying where in the expression what is wrong: it must be true or false */
  compile(source: string): CelTest;
};

const NOT_BOOLEAN = 'the expression must be true or false';
/** Of an expression. */
const MOST_CHARACTERS = 8192;
/** `matches` may be given a pattern of the event's. */
const MOST_PATTERNS = 100;

export function createCelCompiler(): CelCompiler {
  const response = tetragonMessage('GetEventsResponse');
  const kinds = response.oneofs[0]?.fields.flatMap((field) =>
    field.fieldKind === 'message' ? [[field.name, field.message] as const] : [],
  );
  const variables: ReadonlyMap<string, DescMessage> = new Map(kinds);
  const empty: Readonly<Record<string, Message>> = Object.fromEntries(
    [...variables].map(([name, type]) => [name, create(type)]),
  );
  const env: CelEnv = celEnv({
    namespace: 'tetragon',
    registry: createRegistry(tetragonRegistry(), ...ADDRESS_TYPES),
    funcs: [...STRING_FUNCTIONS, ...ADDRESS_FUNCTIONS],
    variables: Object.fromEntries([...variables].map(([name, type]) => [name, objectType(type)])),
    re2: { compile: createRegexCache() },
  });
  const bindingsOf = createBindings(response, empty);

  return {
    compile(source) {
      if (source.length > MOST_CHARACTERS)
        throw new Error(`an expression of more than ${MOST_CHARACTERS} characters`);
      const parsed = parseExpression(source);
      const named = checkExpression(source, parsed, env, variables);
      const evaluate = plan(env, parsed);
      const onNothing = evaluate(empty);
      if (!isCelError(onNothing) && typeof onNothing !== 'boolean') throw new Error(NOT_BOOLEAN);
      return (event) => {
        // Of other events it sees the empty ones alone: the answer is known, and nothing needs to be made of the event.
        if (!named.has(event.kind)) return onNothing === true;
        const result = evaluate(bindingsOf(event));
        if (typeof result === 'boolean') return result;
        throw new Error(isCelError(result) ? result.message : NOT_BOOLEAN);
      };
    },
  };
}

function parseExpression(source: string): ReturnType<typeof parse> {
  try {
    return parse(source);
  } catch (error) {
    // The parser calls itself.
    if (error instanceof RangeError) throw new Error('the expression is nested too deeply');
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `no CEL, at ${reason.replace('<input>:', 'line ').replace(/^(line \d+):(\d+)/, '$1, column $2')}`,
    );
  }
}

/** The last event's are kept: several expressions look at the same event. */
function createBindings(
  response: DescMessage,
  empty: Readonly<Record<string, Message>>,
): (event: Event) => Readonly<Record<string, Message>> {
  let last: Event | undefined;
  let bindings = empty;
  return (event) => {
    if (event === last) return bindings;
    const bytes = encodeEventMessage(event);
    const message = bytes && fromBinary(response, bytes);
    const body = (message as (Message & Partial<ResponseEvent>) | undefined)?.event?.value;
    bindings = body ? { ...empty, [event.kind]: body } : empty;
    last = event;
    return bindings;
  };
}

/** The oneof of a GetEventsResponse as @bufbuild/protobuf holds it. */
type ResponseEvent = { readonly event: { readonly value?: Message } };

function createRegexCache(): (pattern: string) => { test(text: string): boolean } {
  const known = new Map<string, { test(text: string): boolean }>();
  return (pattern) => {
    const found = known.get(pattern);
    if (found) return found;
    if (known.size >= MOST_PATTERNS) known.clear();
    const regex = compileRegex(pattern);
    known.set(pattern, regex);
    return regex;
  };
}
