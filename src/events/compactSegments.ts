/** The pieces of a compact line: text with a role, from which a painter picks its colour. */
import { escapeText, padSafe, quoteIfNeeded, type SafeText } from './text.ts';
import type { ArgumentKind, ArgumentValues, KprobeArgument } from './types.ts';

/**
 * What a piece is. `capabilities` stands at the end of every line about a process and is empty
 * when there is nothing to say; `newline` starts a further line and has no text. `value` is an
 * argument of a hook; only lines of our own events have such.
 */
export type CompactRole =
  | 'timestamp'
  | 'emoji'
  | 'verb'
  | 'alert-emoji'
  | 'alert-verb'
  | 'source'
  | 'binary'
  | 'arguments'
  | 'path'
  | 'endpoint'
  | 'detail'
  | 'library'
  | 'function'
  | 'value'
  | 'signal'
  | 'status'
  | 'throttle-start'
  | 'throttle-stop'
  | 'capabilities'
  | 'stack-address'
  | 'stack-symbol'
  | 'stack-offset'
  | 'hash-path'
  | 'hash'
  | 'newline'
  | 'plain';

export type CompactSegment = { readonly text: SafeText; readonly role: CompactRole };

/** A field of the line; undefined is a missing one, of which only the separator is seen. */
export type CompactField = CompactSegment | undefined;

/** What one kind of event shows: the verb at the start and the fields after the binary. */
export type CompactShape = {
  readonly head: readonly CompactSegment[];
  readonly fields: readonly CompactField[];
};

/** Width in columns that a verb is padded to; longer verbs are not cut. */
const VERB_WIDTH = 7;

/** `emoji` with the space or spaces that follow it, and the verb. */
export const head = (
  emoji: string,
  verb: string,
  kind: '' | 'alert-' = '',
): readonly CompactSegment[] => [
  { text: escapeText(emoji), role: `${kind}emoji` },
  { text: padSafe(escapeText(verb), VERB_WIDTH), role: `${kind}verb` },
];

/** A piece whose text comes from outside: quoted when it has spaces or unprintable characters. */
export const foreign = (role: CompactRole, text: string): CompactSegment => ({
  text: quoteIfNeeded(text),
  role,
});

/** A piece whose text is composed here. */
export const own = (role: CompactRole, text: string): CompactSegment => ({
  text: escapeText(text),
  role,
});

export const SPACE: CompactSegment = own('plain', ' ');
export const NEWLINE: CompactSegment = own('newline', '');

/** The value of an argument if it has this shape. */
export const argumentValue = <K extends ArgumentKind>(
  argument: KprobeArgument | undefined,
  kind: K,
): ArgumentValues[K] | undefined =>
  argument?.kind === kind ? (argument.value as ArgumentValues[K]) : undefined;
