import { shellCommandLine } from '../../../events/arguments.ts';
import { escapeText, quoteIfNeeded } from '../../../events/text.ts';
import { argvOf } from '../../detail/argv.ts';
import type { DetailState } from '../../detail.ts';
import {
  type DetailItem,
  type DetailLook,
  marginSpans,
  sentence,
  shown,
  spanItem,
} from './item.ts';

/** argv as it was, each argument on its own: which words belong together is often what one wants to know. */
export function argumentItems({ subject }: DetailState, look: DetailLook): DetailItem[] {
  const process = subject.process ?? subject.lineage?.[0];
  const { argv, isGuess } = argvOf(process);
  if (argv.length === 0)
    return [
      sentence(
        !process && subject.ktime !== 0n && !subject.lineage
          ? 'asking …'
          : 'the arguments of this process are not known',
        look,
      ),
    ];
  const digits = String(argv.length - 1).length;
  const isCut = /\b(truncArgs|errorArgs)\b/.test(process?.flags ?? '');
  const item = (argument: string, index: number): DetailItem => {
    const text = argument === '' ? '""' : quoteIfNeeded(argument);
    const margin = ` ${String(index).padStart(digits)}  `;
    const spans = marginSpans(margin, shown(text, look), look.theme['event.arguments'], look);
    return spanItem(spans, look, {
      copies: [
        // One word to a shell, whatever it holds. That it begins with a dash no quotes can hide: behind a command it is an option.
        { what: 'shell word', text: shellCommandLine([argument]) },
        { what: 'argument', text: escapeText(argument) },
      ],
      filter: {
        field: index === 0 ? 'binary' : 'args',
        value: index === 0 ? (process?.binary ?? '') : argument,
      },
    });
  };
  return [
    ...argv.map(item),
    ...(isGuess
      ? [sentence('split where they seem to have been joined: no list of them was told', look)]
      : []),
    ...(isCut ? [sentence('… more, which the kernel side had no room for', look)] : []),
  ];
}
