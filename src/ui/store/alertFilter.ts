import type { AlertGroup } from '../../agent/messages.ts';
import type { FilterField, FilterSubject } from '../../events/filter/fields.ts';

/** A row as a filter sees it: the filter's words mean what they mean for the events of the row, as far as it knows. */
export function alertSubject(alert: AlertGroup): FilterSubject {
  const outcome = () =>
    [
      ...(alert.killed > 0 ? ['killed'] : []),
      ...(alert.denied > 0 ? ['denied'] : []),
      ...(alert.wouldAct > 0 ? ['withheld would act'] : []),
      ...(alert.spared > 0 ? ['skipped spared'] : []),
    ].join(' ');
  return {
    field(name: FilterField) {
      switch (name) {
        case 'policy':
        case 'binary':
        case 'message':
          return alert[name];
        case 'path':
        case 'value':
        case 'address':
          return alert.target;
        case 'function':
        case 'tracepoint':
        case 'probe':
          return alert.call;
        case 'outcome':
          return outcome();
        case 'pid':
        case 'uid':
          return String(alert[name]);
        default:
          return '';
      }
    },
    text() {
      const { severity = '', policy, binary, target, call, message } = alert;
      return [severity, policy, binary, target, call, message, outcome()].join(' ');
    },
  };
}

/** A value longer than a line shows would not be found in it. */
const MOST_CHARACTERS = 200;

/** The filter of the stream that shows the row's events. */
export function eventsFilter({ policy, binary, target }: AlertGroup): string {
  // A path is compared as it is; everything else as the line shows it, in which a relative name may stand behind a label.
  const field = target.startsWith('/') ? 'path' : 'value';
  return [term('policy', policy), term('binary', binary), term(field, target)]
    .filter((word) => word !== '')
    .join(' ');
}

/**
 * The language has no way to write a quote, and lines show other characters than printable ones as escapes: the longest part
 * without them is looked for. A slash at the end could make a regular expression of a path.
 */
function term(field: FilterField, value: string): string {
  const [longest = ''] = value
    .split(/["\\\p{C}\p{Zl}\p{Zp}]+/u)
    .sort((a, b) => b.length - a.length);
  const part = longest.slice(0, MOST_CHARACTERS).replace(/\/+$/, '');
  if (part.trim() === '') return '';
  return part.includes(' ') ? `${field}:"${part}"` : `${field}:${part}`;
}
