/** One policy over the whole view: its YAML, and how it is had on this host. */
import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import type { PolicySide, PolicyViewState } from '../policyView.ts';
import { renderLine, type Span, STYLE_END, type Style } from '../text/line.ts';
import { displayWidth } from '../text/width.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { policyHeadSpans, policyPlanLines } from './policyDetail.ts';

export type PolicyViewLook = { theme: Theme; now: number };

/** From here on the sides stand beside each other. */
const BESIDE_FROM = 100;

type Side = { lines: readonly string[]; height: number; width: number; top: number };

type Layout = { isBeside: boolean; sides: Record<PolicySide, Side> };

export function policyViewLines(
  view: PolicyViewState,
  policy: PolicyStatus,
  look: PolicyViewLook,
  size: { width: number; height: number },
): string[] {
  const { theme } = look;
  const { isBeside, sides } = layOut(view, policy, look, size);
  const head = renderLine(policyHeadSpans(policy, look.now, theme), size.width);
  const title = (side: PolicySide) => sideTitle(side, view, sides[side], theme);
  const [text, plan] = [shown(sides.text), shown(sides.plan)];
  if (!isBeside) return [head, title('text'), ...text, title('plan'), ...plan];
  const rule = renderLine([{ text: '│', style: theme.frame }], 1);
  const rows = [title('text'), ...text].map(
    (left, row) =>
      `${padRendered(left, sides.text.width)}${rule}${[title('plan'), ...plan][row] ?? ''}`,
  );
  return [head, ...rows];
}

/** The highest top of the side that keys scroll. */
export function lastTop(
  view: PolicyViewState,
  policy: PolicyStatus,
  look: PolicyViewLook,
  size: { width: number; height: number },
): { last: number; room: number } {
  const { lines, height } = layOut(view, policy, look, size).sides[view.side];
  return { last: Math.max(0, lines.length - height), room: height };
}

/** The side that keys scroll, whole. */
export const policyViewSide = (
  view: PolicyViewState,
  policy: PolicyStatus,
  look: PolicyViewLook,
  size: { width: number; height: number },
): Pick<Side, 'lines' | 'height' | 'top'> => layOut(view, policy, look, size).sides[view.side];

/** Beside each other of one height; below each other the side that keys scroll gets the most. */
function layOut(
  view: PolicyViewState,
  policy: PolicyStatus,
  { theme }: PolicyViewLook,
  { width, height }: { width: number; height: number },
): Layout {
  const isBeside = width >= BESIDE_FROM;
  const room = Math.max(2, height - (isBeside ? 2 : 3));
  const large = Math.ceil((room * 2) / 3);
  const widths = isBeside
    ? { text: Math.floor((width - 1) / 2), plan: Math.ceil((width - 1) / 2) }
    : { text: width, plan: width };
  const side = (id: PolicySide, lines: readonly string[]): Side => {
    const rows = isBeside ? room : id === view.side ? large : room - large;
    const top = Math.min(view.tops[id], Math.max(0, lines.length - rows));
    return { lines, height: rows, width: widths[id], top };
  };
  return {
    isBeside,
    sides: {
      text: side('text', yamlLines(view.source, theme, widths.text)),
      plan: side('plan', policyPlanLines(policy, theme, widths.plan)),
    },
  };
}

const shown = ({ lines, top, height }: Side): string[] =>
  Array.from({ length: height }, (_, row) => lines[top + row] ?? '');

/** What stands there, how far it is scrolled, and whether keys go there. */
function sideTitle(
  id: PolicySide,
  { side }: PolicyViewState,
  { lines, height, width, top }: Side,
  theme: Theme,
): string {
  const range =
    lines.length > height
      ? ` ${top + 1}–${Math.min(top + height, lines.length)} of ${lines.length}`
      : '';
  const name = id === 'text' ? ' Policy ' : ' On this host ';
  return renderLine(
    [
      { text: '─', style: theme.frame },
      { text: name, style: theme[id === side ? 'tab.active' : 'tab.inactive'] },
      { text: `${range} `, style: theme['text.dim'] },
      { text: '─'.repeat(width), style: theme.frame },
    ],
    width,
  );
}

const SGR = /\x1b\[[\d;]*m/g;

/** A finished line on exactly `width` columns. */
function padRendered(line: string, width: number): string {
  const gap = width - displayWidth(line.replace(SGR, ''));
  return gap > 0 ? `${line}${STYLE_END}${' '.repeat(gap)}` : line;
}

/** Kept while nothing changes, the theme (see `Theme`) included: a policy's file may have hundreds of lines, and counters change twice a second. */
let kept: { source: string; text: Style; width: number; lines: string[] } | undefined;

function yamlLines(source: string | undefined, theme: Theme, width: number): readonly string[] {
  if (source === undefined)
    return [renderLine([{ text: ' asking …', style: theme['text.dim'] }], width)];
  const { text } = theme;
  const isSame = kept?.source === source && kept.text === text && kept.width === width;
  if (!kept || !isSame) kept = { source, text, width, lines: numberedLines(source, theme, width) };
  return kept.lines;
}

/** Each line behind its number; one that is longer than the side is wide goes on below, as deep as it began. */
function numberedLines(source: string, theme: Theme, width: number): string[] {
  const lines = source.replace(/\r?\n$/, '').split(/\r?\n/);
  const digits = String(lines.length).length;
  return lines.flatMap((raw, index) => {
    const number = ` ${String(index + 1).padStart(digits)} `;
    const line = raw.replaceAll('\t', '    ');
    const room = width - number.length - 2;
    const text = line.trimStart();
    const indent = ' '.repeat(Math.min(line.length - text.length, Math.floor(room / 2)));
    const style = styleOf(line, theme);
    const pieces = wrapWords(escapeText(text), room - indent.length);
    return (pieces.length > 0 ? pieces : ['']).map((piece, row) =>
      renderLine(
        [
          { text: row === 0 ? number : ' '.repeat(number.length), style: theme['text.dim'] },
          { text: ` ${indent}` },
          ...(row === 0 && style === undefined ? keyed(piece, theme) : [{ text: piece, style }]),
        ],
        width,
      ),
    );
  });
}

const styleOf = (line: string, theme: Theme): Style | undefined =>
  /^\s*#/.test(line) ? theme['text.dim'] : undefined;

/** The key of a mapping stands out from its value. */
function keyed(text: string, theme: Theme): Span[] {
  const [, key, rest] = /^(\s*(?:- +)*[\w./-]+:)( .*|)$/.exec(text) ?? [];
  if (key === undefined) return [{ text }];
  return [{ text: key, style: theme['event.path'] }, { text: rest ?? '' }];
}
