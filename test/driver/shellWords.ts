/** The part of the shell's language that documentation uses: words, quotes, comments, pipes, redirections. */

/** A simple command: its words without quotes, and as it stands. */
export type ShellCommand = {
  readonly words: readonly string[];
  /** What goes to the shell, with its redirections. */
  readonly text: string;
  /** A command reads what this one writes, or the other way round. */
  readonly isPiped: boolean;
};

const SEPARATORS = ['&&', '||', ';', '|', '\n'];

/**
 * The commands of a script, one after the other. A `$` stands for itself.
 *
 * @throws Error on what isn't understood: here documents, command substitution, an unclosed quote
 */
export function shellCommands(script: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let begin = 0;
  let isPiped = false;
  /** The next word is a file. */
  let isTarget = false;
  const endWord = () => {
    if (word !== undefined && !isTarget) words.push(word);
    if (word !== undefined) isTarget = false;
    word = undefined;
  };
  const endCommand = (at: number, separator: string) => {
    endWord();
    const text = script.slice(begin, at).trim();
    const piped = isPiped || separator === '|';
    if (words.length > 0) commands.push({ words, text, isPiped: piped });
    words = [];
    isPiped = separator === '|';
    begin = at + separator.length;
  };
  for (let at = 0; at < script.length; at++) {
    const letter = script.charAt(at);
    const separator = SEPARATORS.find((each) => script.startsWith(each, at));
    if (letter === "'" || letter === '"') {
      const [quoted, next] = readQuoted(script, at);
      word = (word ?? '') + quoted;
      at = next;
    } else if (letter === '\\') {
      at += 1;
      if (script[at] !== '\n') word = (word ?? '') + script.charAt(at);
    } else if (letter === '#' && word === undefined) {
      const end = script.indexOf('\n', at);
      const rest = end < 0 ? script.length : end;
      endCommand(at, '');
      begin = rest;
      at = rest - 1;
    } else if (separator !== undefined) {
      endCommand(at, separator);
      at += separator.length - 1;
    } else if (letter === '>' || letter === '<') {
      if (script.startsWith('<<', at)) throw new Error(`a here document: ${script}`);
      // The number of a descriptor belongs to it: 2>.
      if (word !== undefined && /^\d$/.test(word)) word = undefined;
      endWord();
      if (script[at + 1] === '>') at += 1;
      isTarget = true;
    } else if (letter === '`' || script.startsWith('$(', at))
      throw new Error(`a command in a command: ${script}`);
    else if (/\s/.test(letter)) endWord();
    else word = (word ?? '') + letter;
  }
  endCommand(script.length, '');
  return commands;
}

/** The text in quotes that begin at a place, and where they end. */
function readQuoted(script: string, at: number): [text: string, end: number] {
  const quote = script.charAt(at);
  let text = '';
  for (let next = at + 1; next < script.length; next++) {
    const letter = script.charAt(next);
    if (letter === quote) return [text, next];
    const isEscape = quote === '"' && letter === '\\' && /["\\$`]/.test(script[next + 1] ?? '');
    if (isEscape) next += 1;
    text += script.charAt(next);
  }
  throw new Error(`an unclosed quote: ${script}`);
}
