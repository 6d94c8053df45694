/** Step three of arming: the time after which it ends, and the fuse. */
import { ARM_SECONDS, type ArmDialogState, describeTime, type LimitField } from '../arming.ts';
import { renderLine, type Span } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { type Block, textLines } from './textBlock.ts';

export function limitLines(dialog: ArmDialogState, theme: Theme, width: number): Block {
  const { field, fuse } = dialog;
  const row = (id: LimitField, label: string, spans: Span[]) =>
    renderLine(
      [
        { text: id === field ? '› ' : '  ', style: theme['hint.key'] },
        { text: label, style: theme[id === field ? 'text.strong' : 'text'] },
        ...spans,
      ],
      width,
    );
  const number = (id: 'limit' | 'seconds', unit: string): Span[] => [
    { text: fuse[id] || ' ', style: theme[id === field ? 'input' : 'text.strong'] },
    ...(id === field ? [{ text: '▏' }] : []),
    { text: ` ${unit}`, style: theme['text.dim'] },
  ];
  const rows: Record<LimitField, string> = {
    time: row('time', 'Armed for  ', timeSpans(dialog, theme)),
    limit: row('limit', 'Fuse       more than ', number('limit', 'kills or denials')),
    seconds: row(
      'seconds',
      '           within ',
      number('seconds', 'seconds put it back to monitor'),
    ),
  };
  if (dialog.facts?.foreign)
    return {
      lines: [rows.time, ...textLines(FOREIGN[dialog.facts.foreign], theme['text.dim'], width)],
      cursor: [0, 1],
    };
  const at = Object.keys(rows).indexOf(field);
  return {
    lines: [
      ...Object.values(rows),
      ...textLines(
        'It ends sooner by !, on quit, on a crash, when this connection drops, or when Trigon hangs.',
        theme['text.dim'],
        width,
      ),
    ],
    cursor: [at, at + 1],
  };
}

const UNTIL =
  'It ends sooner by ! and on quit, NOT when this screen is killed, hangs or is cut off.';
const FOREIGN = {
  tetragon: `Tetragon has no fuse. ${UNTIL}`,
  trigon: `The fuse is that of its agent: 20 in 10 s. ${UNTIL}`,
};

const timeSpans = (dialog: ArmDialogState, theme: Theme): Span[] =>
  ARM_SECONDS.flatMap((seconds, index): Span[] => {
    const isChosen = index === dialog.time;
    const name = describeTime(seconds);
    return [
      {
        text: isChosen ? `[${name}]` : ` ${name} `,
        style: theme[isChosen ? 'tab.active' : 'text'],
      },
      { text: ' ' },
    ];
  });
