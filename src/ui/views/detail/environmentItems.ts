import { shellCommandLine } from '../../../events/arguments.ts';
import { escapeText } from '../../../events/text.ts';
import { keyText } from '../../commands.ts';
import { type Change, compareEnvironments, type Variable } from '../../detail/environment.ts';
import type { DetailState } from '../../detail.ts';
import type { Slot } from '../../theme.ts';
import {
  blank,
  type DetailItem,
  type DetailLook,
  marginSpans,
  sentence,
  shown,
  spanItem,
} from './item.ts';

const SIGNS: Readonly<Record<Change, string>> = {
  added: '+',
  removed: '-',
  changed: '~',
  same: ' ',
};
const SLOTS: Readonly<Record<Change, Slot>> = {
  added: 'status.good',
  removed: 'status.danger',
  changed: 'status.warning',
  same: 'text',
};

const ENVIRONMENT_OPTION = '--enable-process-environment-variables';

const OFF = `environments are not read, because they often hold passwords and tokens: start Trigon with ${ENVIRONMENT_OPTION} to see them here`;

const OFF_THEN = `no environment of it was recorded: that takes ${ENVIRONMENT_OPTION}`;

/** What the process was started with, and how that differs from its parent's. */
export function environmentItems(detail: DetailState, look: DetailLook): DetailItem[] {
  const { description, subject, isDifference } = detail;
  if (!description) {
    const isAsked = subject.ktime !== 0n;
    return [
      sentence(isAsked ? 'asking …' : 'nothing but the number of this process is known', look),
    ];
  }
  if (!description.environment)
    return [sentence(look.recordedAt === undefined ? OFF : OFF_THEN, look)];
  const { own, parent } = description.environment;
  if (!own)
    return [
      sentence('not known: it ran before Trigon and has ended, or no exec of it was seen', look),
    ];
  const all = compareEnvironments(own, parent);
  const told = isDifference ? all.filter(({ change }) => change !== 'same') : all;
  const count = (wanted: Change) => all.filter(({ change }) => change === wanted).length;
  const difference = parent
    ? `+${count('added')} added, -${count('removed')} removed, ~${count('changed')} changed from its parent’s at exec`
    : 'its parent’s is not known';
  return [
    sentence(
      `${own.variables.length} variables; ${difference}${isDifference ? '; only these are shown' : ''}`,
      look,
    ),
    blank(look),
    ...told.map((variable) => variableItem(variable, detail.isRevealed, look)),
    ...(own.isCut ? [sentence('… more, which there was no room for', look)] : []),
    ...(told.some(({ isSecret }) => isSecret)
      ? [blank(look), sentence(secretWords(detail.isRevealed), look)]
      : []),
  ];
}

const secretWords = (isRevealed: boolean): string =>
  `${keyText('detail.reveal')} ${isRevealed ? 'hides' : 'shows'} the values of what looks like a secret`;

function variableItem(variable: Variable, isRevealed: boolean, look: DetailLook): DetailItem {
  const { name, value, change, before, isSecret } = variable;
  const isHidden = isSecret && !isRevealed;
  const hidden = look.ascii ? '****' : '••••';
  const text = (one: string) => (isHidden ? hidden : shown(escapeText(one), look));
  const style = look.theme[SLOTS[change]];
  const lines = [
    ...marginSpans(
      ` ${SIGNS[change]} `,
      `${shown(escapeText(name), look)}=${text(value)}`,
      style,
      look,
    ),
    ...(before === undefined
      ? []
      : marginSpans('     was ', text(before), look.theme['text.dim'], look)),
  ];
  return spanItem(lines, look, {
    copies: [
      // What is hidden doesn't come to light in a menu either.
      ...(isHidden
        ? []
        : [
            { what: 'value', text: escapeText(value) },
            { what: 'assignment', text: escapeText(`${name}=${shellCommandLine([value])}`) },
          ]),
      { what: 'name', text: escapeText(name) },
    ],
  });
}
