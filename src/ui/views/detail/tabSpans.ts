import { keyLabel, keyOf } from '../../commands.ts';
import { tabsOf } from '../../detail/tabs.ts';
import type { DetailState } from '../../detail.ts';
import type { Span } from '../../text/line.ts';
import { displayWidth } from '../../text/width.ts';
import type { DetailLook } from './item.ts';

/** The tabs by their titles, by short ones where there is no room for these, else the one and how many there are. */
export function tabSpans(detail: DetailState, { theme, width }: DetailLook): Span[] {
  const { tabs, at } = place(detail);
  const titles = titlesFor(detail, width);
  if (titles)
    return titles.flatMap((title, index): Span[] => [
      { text: ' ' },
      { text: title, style: theme[index === at ? 'tab.active' : 'tab.inactive'] },
    ]);
  const next = tabs[(at + 1) % tabs.length];
  const count = ` ${at + 1} of ${tabs.length}; ${keyLabel(keyOf('view.next'))}: `;
  return [
    { text: ' ' },
    { text: ` ${tabs[at]?.title ?? ''} `, style: theme['tab.active'] },
    { text: count, style: theme['text.dim'] },
    { text: next?.title ?? '', style: theme['tab.inactive'] },
  ];
}

/** How many tabs on from the open one that in this column is; undefined: there is none. */
export function tabAt(detail: DetailState, column: number, look: DetailLook): number | undefined {
  const { at } = place(detail);
  const titles = titlesFor(detail, look.width);
  const spans = tabSpans(detail, look);
  let end = 0;
  const hit = spans.findIndex(({ text }) => {
    end += displayWidth(text);
    return column < end;
  });
  if (hit < 0) return undefined;
  // Each title has a blank before it.
  if (titles) return hit % 2 === 1 ? Math.floor(hit / 2) - at : undefined;
  return hit === spans.length - 1 ? 1 : undefined;
}

function place({ subject, tab }: DetailState) {
  const tabs = tabsOf(subject);
  return { tabs, at: tabs.findIndex((one) => one.tab === tab) };
}

/** undefined: not even short ones fit. */
function titlesFor({ subject }: DetailState, width: number): string[] | undefined {
  const tabs = tabsOf(subject);
  const widthOf = (titles: readonly string[]) =>
    titles.reduce((sum, title) => sum + displayWidth(title) + 1, 0);
  return [tabs.map(({ title }) => ` ${title} `), tabs.map(({ short }) => ` ${short} `)].find(
    (titles) => widthOf(titles) <= width,
  );
}
