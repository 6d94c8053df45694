import { renderLine, type Style } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';

/** Finished lines, some of which the cursor is in. */
export type Block = { lines: string[]; cursor?: readonly [from: number, to: number] | undefined };

/** A text in as many lines as it takes. */
export const textLines = (content: string, style: Style, width: number, indent = ''): string[] =>
  wrapWords(content, width - indent.length).map((part) =>
    renderLine([{ text: indent + part, style }], width),
  );

/** The rule above what lies over the lower part of the view, with what it is. */
export const menuHead = (title: string, theme: Theme, width: number): string =>
  renderLine(
    [
      { text: '─', style: theme.frame },
      { text: ` ${title} `, style: theme.title },
      { text: '─'.repeat(width), style: theme.frame },
    ],
    width,
  );
