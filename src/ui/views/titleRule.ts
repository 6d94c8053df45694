import { renderLine, type Style } from '../text/line.ts';
import type { Theme } from '../theme.ts';

/** The rule above what lies over the lower part of the view, with what it is. @param title safe text */
export const titleRule = (
  title: string,
  theme: Theme,
  width: number,
  style: Style = theme.title,
): string =>
  renderLine(
    [
      { text: '─', style: theme.frame },
      { text: ` ${title} `, style },
      { text: '─'.repeat(width), style: theme.frame },
    ],
    width,
  );
