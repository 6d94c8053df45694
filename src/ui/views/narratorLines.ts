import { answerOf, type LabSession, stepOf, unmet } from '../../labs/session.ts';
import { type CommandId, keyText } from '../commands.ts';
import { renderLine, type Span } from '../text/line.ts';
import { wrapWords } from '../text/wrap.ts';
import type { Theme } from '../theme.ts';

/** Its head and its keys, which stay while the middle is scrolled. */
export type NarratorLines = {
  head: string[];
  body: string[];
  /** `canScroll`: some of the body is not in sight. */
  foot(canScroll: boolean): string[];
};

type Look = { theme: Theme; width: number; isRoomy: boolean };

/**
 * What the narrator of a lab says.
 *
 * @param isRoomy there is room for empty lines
 */
export function narratorLines(session: LabSession, look: Look): NarratorLines {
  const { theme, width, isRoomy } = look;
  const gap = isRoomy ? [''] : [];
  const parts = [texts(session, look), choices(session, look), state(session, look)];
  const hints = stepOf(session)
    .hints.slice(0, session.hints)
    .map((hint, index) => wrapped(`Hint ${index + 1}: ${hint}`, theme['hint.text'], width));
  const body = [...parts, ...hints]
    .filter((part) => part.length > 0)
    .flatMap((part) => [...part, ...gap]);
  return {
    head: [...head(session, look), ...gap],
    body: body.slice(0, isRoomy ? -1 : undefined),
    foot: (canScroll) => [...gap, ...keys(session, look, canScroll)],
  };
}

function head({ lab, at, isOver }: LabSession, { theme, width, isRoomy }: Look): string[] {
  const progress = isOver ? 'done' : `step ${at + 1}/${lab.steps.length}`;
  const title = { text: ` ${lab.title}`, style: theme.title };
  const step = { text: ` ${progress}`, style: theme['text.strong'] };
  if (!isRoomy) return [renderLine([step, { text: ' ·', style: theme['text.dim'] }, title], width)];
  return [...wrapped(lab.title, theme.title, width), renderLine([step], width)];
}

const texts = (session: LabSession, { theme, width, isRoomy }: Look): string[] =>
  stepOf(session).text.flatMap((paragraph, index) => [
    ...(index > 0 && isRoomy ? [''] : []),
    ...wrapped(paragraph, theme.text, width),
  ]);

function choices(session: LabSession, { theme, width, isRoomy }: Look): string[] {
  const step = stepOf(session);
  if (step.kind !== 'ask') return [];
  const answer = answerOf(session);
  const lines = step.choices.flatMap(({ text }, index) => {
    const isMarked = index === session.marked;
    return wrapped(
      `${isMarked ? '›' : ' '} ${text}`,
      isMarked ? theme['text.strong'] : theme.text,
      width,
    );
  });
  if (!answer) return lines;
  const style = theme[answer.isRight ? 'status.good' : 'status.warning'];
  return [...lines, ...(isRoomy ? [''] : []), ...wrapped(answer.reply, style, width)];
}

/** What became of the attack, and what is still missing. */
function state(session: LabSession, { theme, width }: Look): string[] {
  const step = stepOf(session);
  if (session.isOver)
    return wrapped(
      'That was the lab. Look around as long as you like, or quit.',
      theme['status.good'],
      width,
    );
  const { attack, result } = session;
  const lines =
    step.kind === 'run' && attack !== 'not yet'
      ? wrapped(
          attack === 'running' ? 'The attack runs …' : `The attack ${result?.words}.`,
          theme[result?.ending === 'failed' ? 'status.warning' : 'text.strong'],
          width,
        )
      : [];
  const seen =
    attack === 'ended' && session.seen.size > 0
      ? wrapped(`Seen by ${[...session.seen].join(', ')}.`, theme['text.strong'], width)
      : [];
  const missing = attack === 'running' ? [] : unmet(session);
  if (missing.length > 0)
    return [
      ...lines,
      ...seen,
      ...wrapped('Still missing:', theme['status.warning'], width),
      ...missing.flatMap((what) => wrapped(`· ${what}`, theme['status.warning'], width)),
    ];
  const isDone = step.kind === 'do' || (step.kind === 'run' && attack === 'ended');
  return isDone ? [...lines, ...seen, ...wrapped('Done.', theme['status.good'], width)] : lines;
}

function keys(session: LabSession, { theme, width }: Look, canScroll: boolean): string[] {
  const step = stepOf(session);
  const isAnswered = answerOf(session)?.isRight === true;
  const spans: Span[] = [];
  const add = (id: CommandId, text: string) =>
    spans.push(
      { text: ` ${keyText(id)} `, style: theme['hint.key'] },
      { text: `${text} `, style: theme['hint.text'] },
    );
  if (!session.isOver) add('lab.next', nextWord(session, isAnswered));
  if (step.kind === 'ask' && !isAnswered) add('lab.choose', 'other choice');
  if (step.kind === 'run' && session.attack === 'ended') add('lab.again', 'run again');
  const left = step.hints.length - session.hints;
  if (left > 0 && !session.isOver) add('lab.hint', `hint (${left})`);
  if (canScroll)
    spans.push(
      { text: ` ${keyText('lab.up')} ${keyText('lab.down')} `, style: theme['hint.key'] },
      { text: 'scroll', style: theme['hint.text'] },
    );
  return [renderLine(spans, width)];
}

function nextWord(session: LabSession, isAnswered: boolean): string {
  const step = stepOf(session);
  if (step.kind === 'ask' && !isAnswered) return 'answer';
  if (step.kind === 'run' && session.attack === 'not yet') return 'run the attack';
  return session.at === session.lab.steps.length - 1 ? 'finish' : 'go on';
}

const INDENT = ' ';

/** An indented line keeps its indentation. */
function wrapped(text: string, style: Span['style'], width: number): string[] {
  const indent = INDENT + (/^\s*/.exec(text)?.[0] ?? '');
  return wrapWords(text.trim(), width - indent.length - 1).map((line) =>
    renderLine([{ text: indent }, { text: line, style }], width),
  );
}
