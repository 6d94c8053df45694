/** Cells of Markdown tables. */

/** How much of a long text a cell shows. */
export const CELL = 260;
const ITEMS_SHOWN = 4;

export const listed = (items: readonly string[]): string =>
  items.length <= ITEMS_SHOWN
    ? items.join('; ')
    : `${items.slice(0, ITEMS_SHOWN).join('; ')} and ${items.length - ITEMS_SHOWN} more`;

export const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

const shortened = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}…`;

export const escaped = (text: string, limit = CELL): string =>
  shortened(text, limit).replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');

/** Evidence may hold any byte. */
export const code = (text: string): string =>
  `\`${shortened(text, CELL)
    .replaceAll('`', "'")
    .replaceAll('|', '\\|')
    .replace(/[^\x20-\x7e…–’]/g, '?')}\``;
