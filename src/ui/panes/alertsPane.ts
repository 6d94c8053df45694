import type { AlertGroup } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { keyText } from '../commands.ts';
import { alertCopies } from '../rowCopies.ts';
import type { AppState } from '../state.ts';
import { alertSubject, eventsFilter } from '../store/alertFilter.ts';
import { ALERT_COLUMNS, naturalAlertSort } from '../store/alertsModel.ts';
import { ALERT_FIELDS } from '../store/filterFields.ts';
import type { Theme } from '../theme.ts';
import {
  ALERT_CHOICES,
  ALERT_NAMES,
  type AlertLook,
  alertColumnAt,
  alertHead,
  alertLine,
  alertWords,
  nameLengths,
  tellingColumns,
} from '../views/alertLines.ts';
import { shortCount } from '../views/format.ts';
import { createSortedPane, type SortedPane } from './sortedPane.ts';

type Options = { state: AppState; theme: Theme; ascii: boolean };

/** Policy events, one row for all that are alike. */
export function createAlertsPane({ state, ...look }: Options): SortedPane<AlertGroup> {
  const { alerts } = state;
  const pane = createSortedPane(
    { state, theme: look.theme },
    {
      id: 'alerts',
      topics: ['alerts'],
      model: alerts,
      columns: ALERT_COLUMNS,
      names: ALERT_NAMES,
      naturalSort: naturalAlertSort,
      keyOf: ({ key }) => key,
      look(width, hidden) {
        const options: AlertLook = {
          ...{ ...look, width, now: state.clock(), sort: alerts.sort },
          hostName: state.facts.hostName,
          telling: tellingColumns(alerts.shown),
          lengths: nameLengths(alerts.shown),
          hidden: state.isThinLink ? new Set([...hidden, 'trend']) : hidden,
        };
        return {
          head: alertHead(options),
          line: (row, isCursor) => alertLine(row, isCursor, options),
          columnAt: (place) => alertColumnAt(place, options),
          words: (row) => alertWords(row, options),
        };
      },
      choices: ALERT_CHOICES,
      copies: alertCopies,
      fields: ALERT_FIELDS,
      subject: alertSubject,
      noun: ['alert', 'alerts'],
      emptyText: () => emptyText(state),
      position() {
        const count = alerts.rows(performance.now()).length;
        const all = `${alerts.size} ${alerts.size === 1 ? 'alert' : 'alerts'}${lostText(state)} `;
        return alerts.filter === '' ? all : `${count} of ${all}`;
      },
    },
  );
  return {
    ...pane,
    events() {
      const alert = pane.selected();
      return alert && eventsFilter(alert);
    },
  };
}

/** Events that stand in no row: of the policy that lost them, or of how many. */
function lostText({ policies }: AppState): string {
  const losers = policies.filter(({ counts }) => counts.lost > 0);
  const [first] = losers;
  if (!first) return '';
  const sum = losers.reduce((total, { counts }) => total + counts.lost, 0);
  const whose = losers.length === 1 ? escapeText(first.name) : `${losers.length} policies`;
  return `, +${shortCount(sum)} lost (${whose})`;
}

function emptyText({ alerts, policies }: AppState): string {
  if (alerts.filter !== '') return 'no alert matches the filter; Esc takes it away';
  return policies.some(({ mode }) => mode !== 'off')
    ? 'no policy has seen anything yet'
    : `no policy is on: ${keyText('view.policies')} shows them`;
}
