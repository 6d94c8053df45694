/** From a row of another view to its events in the stream, and back there. */
import { VIEWS, type View } from './commands.ts';
import type { Dialog } from './dialog.ts';
import type { Ui } from './features/ui.ts';

/** Where the stream's filter came from. */
export type EventsOrigin = {
  /** It leads back only as long as the stream has this very filter. */
  readonly filter: string;
  /** What the stream had before. */
  readonly former: string;
  readonly view: View;
  /** The page that lay over the view. */
  readonly page: Dialog | undefined;
};

/** The stream, narrowed to the events of a row. @param page the dialog that the row is in; undefined: the view itself */
export function showEventsOf(
  { state, panes, run }: Pick<Ui, 'state' | 'panes' | 'run'>,
  filter: string,
  page?: Dialog,
): void {
  const { view, eventsOrigin } = state;
  const current = panes.stream.filter?.text() ?? '';
  // The events of another row took none of the operator's own filters away.
  const former = eventsOrigin?.filter === current ? eventsOrigin.former : current;
  panes.stream.filter?.set(filter);
  run('view.stream');
  if (view !== 'stream') state.eventsOrigin = { filter, former, view, page };
}

/** Back to the row, with the stream's former filter; false: the stream's filter came from nowhere else. */
export function leaveEvents({
  state,
  panes,
  run,
  open,
}: Pick<Ui, 'state' | 'panes' | 'run' | 'open'>): boolean {
  const origin = state.eventsOrigin;
  if (!origin || state.view !== 'stream' || panes.stream.filter?.text() !== origin.filter)
    return false;
  state.eventsOrigin = undefined;
  panes.stream.filter.set(origin.former);
  run(VIEWS.find(({ view }) => view === origin.view)?.command ?? 'view.stream');
  if (origin.page) open(origin.page);
  return true;
}
