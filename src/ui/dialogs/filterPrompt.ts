import { createValueSource } from '../completion.ts';
import type { Dialog } from '../dialog.ts';
import {
  completionOf,
  type FilterInput,
  filterKey,
  filterMistake,
  openFilterInput,
  typeFilter,
} from '../filterInput.ts';
import type { Look } from '../look.ts';
import type { FilterLanguage, PaneFilter, PaneSize } from '../panes/pane.ts';
import {
  candidateLines,
  candidateWindow,
  filterInputLine,
  filterVerdict,
} from '../views/filterLine.ts';

type Options = {
  readonly filter: PaneFilter;
  readonly language: FilterLanguage;
  /** Earlier filters, the newest last. */
  readonly history: readonly string[];
  readonly look: Look;
  /** How many rows are left. */
  found(): string;
  accept(text: string): void;
};

/**
 * A filter being typed. The list is narrowed with each letter that leaves it valid; whatever ends it but Enter brings back the
 * filter and the place of before.
 */
export function createFilterPrompt(options: Options): Dialog {
  const { filter, language, look } = options;
  const former = filter.text();
  const restore = filter.keep?.() ?? (() => filter.set(former));
  const source = createValueSource(language.fields, language.subjects);
  let input = openFilterInput(former, options.history);
  let isAccepted = false;

  const mistake = () => filterMistake(input.line.text, language.fields);
  const apply = (text: string) => {
    if (filter.text() !== text) filter.set(text);
  };
  const change = (next: FilterInput): 'stay' => {
    const isChanged = next.line.text !== input.line.text;
    input = next;
    if (isChanged) source.refresh();
    if (isChanged && !mistake()) apply(input.line.text.trim());
    return 'stay';
  };

  const roomFor = ({ width, height }: PaneSize) =>
    Math.ceil(height * 0.6) - filterVerdict(input.line.text, mistake(), look, width).length;

  return {
    place: 'line',
    takesBang: (isArmed) => !isArmed || input.line.text !== '',
    hints: [],
    lines(size) {
      const { width, height } = size;
      const verdict = filterVerdict(input.line.text, mistake(), look, width);
      const completion = completionOf(input, source);
      const list = candidateLines(completion, input.selected, roomFor(size), look, width);
      return [...list, ...verdict].slice(-height);
    },
    footer: (width) => filterInputLine(input.line, mistake(), options.found().trim(), look, width),
    onKey(key, text) {
      const step = filterKey(input, key, text, source);
      if (step.kind === 'typing') return change(step.input);
      if (step.kind === 'cancel') return 'close';
      isAccepted = true;
      return () => {
        apply(step.text);
        options.accept(step.text);
      };
    },
    onClick(line, size) {
      const { candidates } = completionOf(input, source);
      const { from, most } = candidateWindow(candidates.length, input.selected, roomFor(size));
      const chosen = from + line - 1;
      if (line < 1 || line > most || !candidates[chosen]) return 'stay';
      const step = filterKey({ ...input, selected: chosen }, 'enter', '', source);
      return step.kind === 'typing' ? change(step.input) : 'stay';
    },
    onPaste: (text) => change(typeFilter(input, text)),
    closed() {
      if (!isAccepted) restore();
    },
  };
}
