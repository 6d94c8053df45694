/** Where that stands which is said for some seconds: in the footer, in the rule above it, or in both. */
import { escapeText } from '../../events/text.ts';
import type { Notice } from '../state.ts';
import { renderLine, type Span } from '../text/line.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { noticeStyle } from './chrome.ts';

type Said = Pick<Notice, 'text' | 'level'>;

export type NoticeParts = {
  readonly inRule?: Said | undefined;
  readonly inFooter?: Said | undefined;
};

type Place = {
  readonly columns: number;
  readonly hasRule: boolean;
  /** By the keys of a dialog, or a line being typed: nothing may hide them. */
  readonly isFooterTaken: boolean;
  /** Its first hint must stay. */
  readonly isArmed: boolean;
};

/** A short one takes the place of hints; what doesn't fit there begins in the rule, and where the footer is needed it all stands there. */
export function placeNotice(
  notice: Said | undefined,
  { columns, hasRule, isFooterTaken, isArmed }: Place,
): NoticeParts {
  if (!notice || !hasRule) return { inFooter: notice };
  if (isFooterTaken) return { inRule: notice };
  const { text, level } = notice;
  const room = columns - 2;
  if (!isArmed && displayWidth(escapeText(text)) <= room) return { inFooter: notice };
  const [first = '', ...rest] = wrapWords(text, room);
  return {
    inRule: { level, text: first },
    inFooter: rest.length === 0 ? undefined : { level, text: rest.join(' ') },
  };
}

/** In the rule's place. @param right what must stand at the right end all the same */
export function noticeLine(
  notice: Said,
  right: readonly Span[],
  theme: Theme,
  width: number,
): string {
  const room = width - 2 - right.reduce((sum, { text }) => sum + displayWidth(text), 0);
  const said = truncateColumns(escapeText(notice.text), room, { ellipsis: '…' });
  const gap = ' '.repeat(Math.max(0, room - displayWidth(said)));
  const style = noticeStyle(notice, theme);
  return renderLine([{ text: ` ${said} `, style }, { text: gap }, ...right], width);
}
