import { renderLine, type Style } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';

/** Finished lines, some of which the cursor is in. */
export type Block = { lines: string[]; cursor?: readonly [from: number, to: number] | undefined };

/** A text in as many lines as it takes. */
export const textLines = (content: string, style: Style, width: number, indent = ''): string[] =>
  wrapWords(content, width - indent.length).map((part) =>
    renderLine([{ text: indent + part, style }], width),
  );
