/** Step one of arming: what each selector will do on this kernel, and what can be added to it. */
import type { ArmingChoice, ArmingFacts, HookStatus, PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import type { AddedAction } from '../../policies/addActions.ts';
import {
  type ArmDialogState,
  addedAt,
  deedOf,
  offeredActions,
  openChoices,
  type PlacedChoice,
  placedChoices,
} from '../arming.ts';
import { renderLine, type Span } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';
import { type Block, textLines } from './textBlock.ts';

/** Lines of a selector's words: a policy of dozens of paths must not push what can be chosen off the screen. */
const MAX_WORDS = 4;
/** On shorter screens why something can't be had is cut to so many lines. */
const TALL = 30;
const SHORT_REASON = 2;

export function actionLines(
  dialog: ArmDialogState,
  facts: ArmingFacts,
  policy: PolicyStatus,
  theme: Theme,
  { width, height }: { width: number; height: number },
): Block {
  const maxReason = height < TALL ? SHORT_REASON : Number.POSITIVE_INFINITY;
  const atCursor = openChoices(facts)[dialog.cursor];
  const lines: string[] = [];
  let cursor: Block['cursor'];
  let hookAt = -1;
  let told = new Set<string>();
  placedChoices(facts).forEach((placed, index) => {
    const hook = policy.hooks[placed.hook];
    if (hook && placed.hook !== hookAt) lines.push(...hookLines(hook, theme, width));
    if (placed.hook !== hookAt) told = new Set();
    hookAt = placed.hook;
    const isCursor = placed.hook === atCursor?.hook && placed.selector === atCursor.selector;
    const from = lines.length;
    lines.push(
      ...selectorLines({ dialog, placed, index, isCursor, policy, maxReason, told }, theme, width),
    );
    if (isCursor) cursor = [from, lines.length];
  });
  return { lines: [...lines, ...cautions(policy, facts.foreign, theme, width)], cursor };
}

const hookLines = ({ kind, call, obtained }: HookStatus, theme: Theme, width: number): string[] =>
  textLines(escapeText(`${kind} ${call}, ${obtained}`), theme['text.dim'], width);

type Shown = {
  dialog: ArmDialogState;
  placed: PlacedChoice;
  index: number;
  isCursor: boolean;
  policy: PolicyStatus;
  /** Lines that a reason may take. */
  maxReason: number;
  /** Reasons that selectors of the hook above this one have given. */
  told: Set<string>;
};

function selectorLines(
  { dialog, placed, index, isCursor, policy, maxReason, told }: Shown,
  theme: Theme,
  width: number,
): string[] {
  const { choice } = placed;
  const words = policy.hooks[placed.hook]?.selectors[placed.selector]?.words ?? '';
  const mark = isCursor ? '› ' : '  ';
  const said = wrapWords(`${index + 1}. ${escapeText(words)}`, width - 2);
  const cut = said.length > MAX_WORDS;
  const shown = cut
    ? [...said.slice(0, MAX_WORDS - 1), '… more: Esc, then Enter in the list, shows it all']
    : said;
  const deed = deedOf(dialog, placed);
  return [
    ...shown.map((part, line) =>
      renderLine(
        [
          { text: line === 0 ? mark : '  ', style: theme['hint.key'] },
          { text: part, style: theme['text.strong'] },
        ],
        width,
      ),
    ),
    ...(choice.own === undefined
      ? [renderLine(choiceSpans(dialog, placed, theme), width)]
      : textLines('by its own text:', theme['text.dim'], width, '     ')),
    ...(deed === undefined
      ? []
      : textLines(escapeText(deed), theme['event.signal'], width, '     ')),
    ...(choice.own === undefined
      ? reasonLines(choice, { most: maxReason, told }, theme, width)
      : []),
  ];
}

const NAMES: Readonly<Record<AddedAction, string>> = {
  none: 'watch only',
  kill: 'SIGKILL',
  deny: 'Override',
};

function choiceSpans(dialog: ArmDialogState, placed: PlacedChoice, theme: Theme): Span[] {
  const chosen = addedAt(dialog, placed);
  const offered = offeredActions(placed.choice);
  const all: AddedAction[] = ['none', 'kill', 'deny'];
  return [
    { text: '    ' },
    ...all.flatMap((action): Span[] => {
      const name = NAMES[action];
      const style = offered.includes(action)
        ? theme[action === chosen ? 'tab.active' : 'text']
        : theme['text.dim'];
      return [{ text: action === chosen ? `[${name}]` : ` ${name} `, style }, { text: ' ' }];
    }),
  ];
}

/** Why something can't be chosen; one reason against both, or for several selectors of a hook, is told once. */
function reasonLines(
  { kill, deny }: ArmingChoice,
  { most, told }: { most: number; told: Set<string> },
  theme: Theme,
  width: number,
): string[] {
  const reasons =
    kill.reason === deny.reason
      ? [['Neither', kill.reason] as const]
      : [['No SIGKILL', kill.reason] as const, ['No Override', deny.reason] as const];
  return reasons.flatMap(([name, reason]) => {
    const text = `${name}: ${escapeText(reason ?? '')}`;
    if (reason === undefined || told.has(text)) return [];
    told.add(text);
    const said = wrapWords(text, width - 6);
    const cut = said.length > most ? [`${said[most - 1] ?? ''}…`] : said.slice(most - 1, most);
    return [...said.slice(0, most - 1), ...cut].map((text) =>
      renderLine([{ text: `     ${text}`, style: theme['text.dim'] }], width),
    );
  });
}

const OURS: readonly string[] = [
  'Never killed: PID 1, kernel threads, Trigon, its ancestors, all processes on this terminal.',
  'Back to monitor by itself: after the time, when the fuse blows, when Trigon ends or hangs.',
];
const UNTIL =
  'Back to monitor: after the time and when this screen is quit. NOT when it is killed, hangs or is cut off.';
const FOREIGN: Readonly<Record<NonNullable<ArmingFacts['foreign']>, readonly string[]>> = {
  tetragon: ['Nobody is spared: PID 1, its agent and your own session there can be hit.', UNTIL],
  trigon: [
    'Never killed: PID 1, kernel threads, that agent and its ancestors. Your own session there can be hit.',
    `${UNTIL} Its agent ends it too: by its fuse (20 in 10 s), and when it ends or hangs.`,
  ],
};

/** What a kill can't undo, whom it never hits, and what ends it. */
function cautions(
  policy: PolicyStatus,
  foreign: ArmingFacts['foreign'],
  theme: Theme,
  width: number,
): string[] {
  const { hooks, arming } = policy;
  const all = [
    ...hooks.map(({ sigkill }) => (sigkill ? `SIGKILL here: ${sigkill}.` : '')),
    arming,
    // The agent looks every three seconds which processes these are.
    ...(foreign === undefined ? OURS : FOREIGN[foreign]),
    ...hooks.flatMap(({ differs }) => differs.map((difference) => `Differs: ${difference}.`)),
  ];
  return [...new Set(all)]
    .filter((caution) => caution !== '')
    .flatMap((caution) => textLines(escapeText(caution), theme['text.dim'], width));
}

/** Why nothing can be armed on this host: selectors of one fate are told once. */
export function refusalLines(
  facts: ArmingFacts,
  policy: PolicyStatus,
  theme: Theme,
  width: number,
): string[] {
  const reasons = new Set(
    placedChoices(facts).flatMap(({ choice: { kill, deny } }) => [
      ...(kill.reason === undefined ? [] : [`SIGKILL: ${kill.reason}`]),
      ...(deny.reason === undefined ? [] : [`Override: ${deny.reason}`]),
    ]),
  );
  return [
    ...textLines(
      `${escapeText(policy.name)} can't be armed on this host:`,
      theme['status.warning'],
      width,
    ),
    ...[...reasons].flatMap((reason) => textLines(escapeText(reason), theme.text, width, '  ')),
  ];
}
