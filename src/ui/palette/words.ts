import { COMMANDS, type Command } from '../commands.ts';

/** What is typed in front of a policy's name. */
const POLICY_VERBS = ['policy', 'on', 'off'] as const;
export type PolicyVerb = (typeof POLICY_VERBS)[number];

/** A line as the palette understands it when it isn't merely searched for. */
export type Typed =
  | { readonly kind: 'command'; readonly command: Command; readonly argument: string | undefined }
  | { readonly kind: 'policy'; readonly verb: PolicyVerb; readonly name: string };

/** undefined: its first word is none of those that the command table has, or something follows that it doesn't take. */
export function readTyped(text: string): Typed | undefined {
  const [word = '', rest = ''] = splitWord(text.trim());
  const verb = POLICY_VERBS.find((known) => known === word);
  if (verb && rest !== '') return { kind: 'policy', verb, name: rest };
  const command = COMMANDS.find(({ words = [], id }) => words.includes(word) || id === word);
  if (!command || (rest !== '' && command.argument === undefined)) return undefined;
  return { kind: 'command', command, argument: rest === '' ? undefined : rest };
}

function splitWord(text: string): [string, string] {
  const at = text.search(/\s/);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at).trim()];
}

const WORDS: readonly { readonly word: string; readonly takesMore: boolean }[] = [
  ...COMMANDS.flatMap(({ words = [], argument }) =>
    words.map((word) => ({ word, takesMore: argument !== undefined })),
  ),
  ...POLICY_VERBS.map((word) => ({ word, takesMore: true })),
];

/**
 * What Tab makes of a line: as much of a word, or behind a verb of a policy's name, as is certain. The line as it is when nothing
 * is.
 */
export function completeTyped(text: string, policies: readonly string[]): string {
  const [word, rest] = splitWord(text);
  if (!/\s/.test(text)) {
    const found = WORDS.filter((known) => known.word.startsWith(word) && word !== '');
    const common = commonStart(found.map((known) => known.word));
    const only = found.length === 1 ? found[0] : undefined;
    if (only) return only.takesMore ? `${only.word} ` : only.word;
    return common.length > word.length ? common : text;
  }
  if (!POLICY_VERBS.some((verb) => verb === word)) return text;
  const common = commonStart(policies.filter((name) => name.startsWith(rest)));
  return common.length > rest.length ? `${word} ${common}` : text;
}

function commonStart([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}
