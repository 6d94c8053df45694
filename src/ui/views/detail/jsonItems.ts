import { withoutSecrets } from '../../detail/environment.ts';
import type { DetailState } from '../../detail.ts';
import { jsonLines } from '../../text/json.ts';
import { wrapColumns } from '../../text/wrap.ts';
import { type DetailItem, type DetailLook, sentence, spanItem } from './item.ts';

/** The event as the export has it, but for secrets of the environment that are not to be shown. */
export function jsonItems({ subject, isRevealed }: DetailState, look: DetailLook): DetailItem[] {
  const { event } = subject;
  if (!event) return [sentence('there is no event: this is about a process alone', look)];
  const told = isRevealed ? event : withoutSecrets(event);
  return jsonLines(told, look.ascii).map((line) =>
    spanItem(
      wrapColumns(line, look.width).map((text) => [{ text, style: look.theme.text }]),
      look,
    ),
  );
}
