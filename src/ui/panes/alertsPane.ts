import type { AlertGroup } from '../../agent/messages.ts';
import { keyOf } from '../commands.ts';
import type { AppState } from '../state.ts';
import { eventsFilter } from '../store/alertFilter.ts';
import { ALERT_COLUMNS, naturalAlertSort } from '../store/alertsModel.ts';
import type { Theme } from '../theme.ts';
import {
  ALERT_NAMES,
  type AlertLook,
  alertHead,
  alertLine,
  tellingColumns,
} from '../views/alertLines.ts';
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
      look(width) {
        const options: AlertLook = {
          ...{ ...look, width, now: Date.now(), sort: alerts.sort },
          telling: tellingColumns(alerts.shown),
        };
        return {
          head: alertHead(options),
          line: (row, isCursor) => alertLine(row, isCursor, options),
        };
      },
      emptyText: () => emptyText(state),
      position() {
        const count = alerts.rows(performance.now()).length;
        const all = `${alerts.size} ${alerts.size === 1 ? 'alert' : 'alerts'} `;
        return alerts.filter === '' ? all : `${count} of ${all}`;
      },
    },
  );
  return {
    ...pane,
    filter: {
      text: () => alerts.filter,
      set(text) {
        alerts.filter = text;
      },
    },
    events() {
      const alert = pane.selected();
      return alert && eventsFilter(alert);
    },
  };
}

function emptyText({ alerts, policies }: AppState): string {
  if (alerts.filter !== '') return 'no alert matches the filter; Esc takes it away';
  return policies.some(({ mode }) => mode !== 'off')
    ? 'no policy has seen anything yet'
    : `no policy is on: ${keyOf('view.policies')} shows them`;
}
