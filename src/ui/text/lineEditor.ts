/** A line of text being typed. */
export type EditedLine = {
  readonly text: string;
  /** Where the next letter goes: index into the text, never inside a character as it is seen. */
  readonly at: number;
};

/** Longer than any filter that makes sense; a pasted file must not slow every key down. */
const MAX_LENGTH = 2000;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export const lineOf = (text: string): EditedLine => ({ text, at: text.length });

/** Puts a typed or pasted text in; of several lines the first, since Enter would be a command. */
export function insertText({ text, at }: EditedLine, added: string): EditedLine {
  const [line = ''] = added.split(/[\r\n]/);
  const part = line.slice(0, Math.max(0, MAX_LENGTH - text.length)).toWellFormed();
  return { text: text.slice(0, at) + part + text.slice(at), at: at + part.length };
}

const lengthBefore = (text: string): number =>
  [...graphemes.segment(text)].at(-1)?.segment.length ?? 0;

const lengthAfter = (text: string): number => {
  for (const { segment } of graphemes.segment(text)) return segment.length;
  return 0;
};

/** What a key does to the line, by the names that shells have taught; undefined for all other keys. */
export function editLine(line: EditedLine, key: string): EditedLine | undefined {
  const { text, at } = line;
  const before = text.slice(0, at);
  const after = text.slice(at);
  switch (key) {
    case 'left':
    case 'ctrl+b':
      return { text, at: at - lengthBefore(before) };
    case 'right':
    case 'ctrl+f':
      return { text, at: at + lengthAfter(after) };
    case 'home':
    case 'ctrl+a':
      return { text, at: 0 };
    case 'end':
    case 'ctrl+e':
      return { text, at: text.length };
    case 'backspace': {
      const kept = before.slice(0, at - lengthBefore(before));
      return { text: kept + after, at: kept.length };
    }
    case 'delete':
    case 'ctrl+d':
      return { text: before + after.slice(lengthAfter(after)), at };
    case 'ctrl+w': {
      const kept = before.replace(/[^ ]* *$/, '');
      return { text: kept + after, at: kept.length };
    }
    case 'ctrl+k':
      return { text: before, at };
    case 'ctrl+u':
      return { text: after, at: 0 };
    default:
      return undefined;
  }
}
