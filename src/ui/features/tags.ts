import { keyText } from '../commands.ts';
import { say } from '../state.ts';
import { MAX_TAGS, type Tagging } from '../store/tags.ts';
import type { Handlers, Ui } from './ui.ts';

/** Space, `T` and `U`: rows that are picked out, for what is then done with all of them at once. */
export function createTagsFeature({ state, panes, effects }: Ui): Handlers {
  const { tags, store, tree } = state;

  const tell = (tagging: Tagging, count: number, one: string, what: string) => {
    if (tagging === 'full')
      say(
        state,
        `${MAX_TAGS} ${what} are tagged, no more: ${keyText('row.untag')} untags all`,
        'warning',
      );
    else say(state, `${count} ${count === 1 ? one : what} tagged`);
  };

  return {
    'row.tag': () => {
      const size = effects.size();
      const number = panes.stream.cursorNumber(size);
      if (number === undefined) {
        say(state, 'there is no row here');
        return;
      }
      // Tags of events that are gone must not count against the limit.
      tags.countEvents(store.first);
      const tagging = tags.toggleEvent(number);
      tell(tagging, tags.countEvents(store.first), 'event', 'events');
      // To the next row, as file managers do: a run of rows is tagged by one key.
      if (tagging !== 'full') panes.stream.run('move.down', size);
    },
    'tree.tag': () => {
      const size = effects.size();
      const process = panes.tree.selected(size);
      if (!process) {
        say(state, 'there is no row here');
        return;
      }
      const { key, pid, ktime } = process;
      tags.countProcesses(tree.has);
      const tagging = tags.toggleProcess({ key, pid, ktime });
      tell(tagging, tags.countProcesses(tree.has), 'process', 'processes');
      if (tagging !== 'full') panes.tree.run('move.down', size);
    },
    'row.untag': () => {
      const count = tags.clear();
      say(state, count === 0 ? 'nothing was tagged' : `untagged ${count}`);
    },
  };
}
