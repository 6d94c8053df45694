import type { AlertGroup } from '../../agent/messages.ts';
import type { FilterSubject } from '../../events/filter/language.ts';
import { writeTerm } from '../../events/filter/write.ts';
import { quoteIfNeeded } from '../../events/text.ts';
import type { AlertField } from './filterFields.ts';

/** A row as a filter sees it: the filter's words mean what they mean for the events of the row, as far as it knows. */
export function alertSubject(alert: AlertGroup): FilterSubject<AlertField> {
  const outcome = () =>
    [
      ...(alert.killed > 0 ? ['killed'] : []),
      ...(alert.denied > 0 ? ['denied'] : []),
      ...(alert.wouldAct > 0 ? ['withheld would act'] : []),
      ...(alert.spared > 0 ? ['skipped spared'] : []),
    ].join(' ');
  return {
    field(name) {
      switch (name) {
        case 'policy':
        case 'binary':
        case 'message':
          return alert[name];
        case 'severity':
          return alert.severity ?? '';
        case 'target':
        case 'path':
        case 'value':
        case 'address':
          return alert.target;
        case 'call':
        case 'function':
          return alert.call;
        case 'outcome':
          return outcome();
        case 'pid':
        case 'uid':
        case 'count':
        case 'killed':
        case 'denied':
          return String(alert[name]);
        case 'rate':
          return String(alert.perMinute);
      }
    },
    text() {
      const { severity = '', policy, binary, target, call, message } = alert;
      return [severity, policy, binary, target, call, message, outcome()].join(' ');
    },
  };
}

/** Of a longer value the beginning is looked for: lines show no more of an argument than this. */
const MOST_CHARACTERS = 200;

/** The filter of the stream that shows the row's events. */
export function eventsFilter({ policy, binary, target }: AlertGroup): string {
  return [term('policy', policy), term('binary', binary), targetTerm(target)]
    .filter((word) => word !== '')
    .join(' ');
}

const term = (field: string, value: string): string =>
  value === '' ? '' : writeTerm(field, value.slice(0, MOST_CHARACTERS));

/** A path is compared as it is; everything else as the line shows it, in which a relative name may stand behind a label. */
export function targetTerm(target: string): string {
  if (target.startsWith('/')) return term('path', target);
  // Without the quotes, behind which the line may show more than the row knows.
  const shown = quoteIfNeeded(target.slice(0, MOST_CHARACTERS)).replace(/^"(.*)"$/s, '$1');
  return term('value', shown);
}
