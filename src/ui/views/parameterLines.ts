import { escapeText } from '../../events/text.ts';
import type { ParameterField, ParameterForm } from '../parameterForm.ts';
import { renderLine, type Span } from '../text/line.ts';
import { displayWidth, padColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { editedSpans } from './editedSpans.ts';
import { textLines } from './textBlock.ts';
import { titleRule } from './titleRule.ts';

/** The form, over the lower part of the view; at most `height` lines, the field with the cursor and the last line among them. */
export function parameterLines(
  form: ParameterForm,
  theme: Theme,
  width: number,
  height: number,
  ascii: boolean,
): string[] {
  const head = titleRule(`Parameters of ${escapeText(form.policyName)}`, theme, width);
  const names = Math.max(...form.fields.map(({ name }) => displayWidth(name)));
  const fields = form.fields.map((field, index) =>
    fieldLines(field, index === form.at, names, theme, width, ascii),
  );
  const problems = form.problems.flatMap((problem) =>
    textLines(escapeText(problem), theme['status.warning'], width - 1, ' '),
  );
  const foot = textLines(
    form.request === undefined
      ? 'Enter loads the policy with these values · ↑↓ field · Esc leaves it as it was'
      : 'loading …',
    theme['hint.text'],
    width - 1,
    ' ',
  );
  // A verifier's log is long: its beginning says most, and the field stays in sight.
  const room = Math.max(2, height - 1 - foot.length);
  const told = problems.slice(0, Math.max(1, room - 2));
  const before = fields.slice(0, form.at).reduce((sum, lines) => sum + lines.length, 0);
  const own = fields[form.at]?.length ?? 0;
  const fieldRoom = room - told.length;
  const top = Math.max(0, Math.min(before, before + own - fieldRoom));
  return [head, ...fields.flat().slice(top, top + fieldRoom), ...told, ...foot];
}

function fieldLines(
  { name, line, standard, help }: ParameterField,
  isCursor: boolean,
  names: number,
  theme: Theme,
  width: number,
  ascii: boolean,
): string[] {
  const label = ` ${isCursor ? '›' : ' '} ${padColumns(name, names)} = `;
  const room = width - displayWidth(label) - 1;
  const value: Span[] = isCursor
    ? editedSpans(line, room, () => theme.input, theme.cursor, ascii)
    : [{ text: escapeText(line.text), style: theme.text }];
  const about = [help, line.text === standard ? '' : `default ${standard}`].filter(Boolean);
  return [
    renderLine([{ text: label, style: theme[isCursor ? 'text.strong' : 'text'] }, ...value], width),
    ...textLines(escapeText(about.join('; ')), theme['text.dim'], width - 1, ' '.repeat(5)),
  ];
}
