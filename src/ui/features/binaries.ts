import type { BinaryProfile } from '../../agent/messages.ts';
import { openCopies } from '../copying.ts';
import { createBinaryPage } from '../dialogs/binaryPage.ts';
import { showEventsOf } from '../eventsTrail.ts';
import { binaryCopies } from '../rowCopies.ts';
import { SAVED_WIDTH } from '../save/formats.ts';
import { say } from '../state.ts';
import { binaryTerm } from '../store/binarySections.ts';
import { binaryWords } from '../views/binaryLines.ts';
import type { Handlers, Ui } from './ui.ts';

/** As often as the agent is asked anew while the page is shown. */
const ASK_MS = 1000;

/** From the rows of Binaries to all about a program, and to its events. */
export function createBinaries(ui: Ui): Handlers {
  const { state, panes, effects } = ui;
  let requests = 0;

  const selected = (): string | undefined => {
    const binary = panes.binaries.selected()?.counters.binary;
    if (binary === undefined) say(state, 'there is no row here');
    return binary;
  };

  const copy = ({ counters }: BinaryProfile) => {
    const row = { counters, perSecond: undefined };
    const words = binaryWords(row, {
      ...{ ...ui.look, width: SAVED_WIDTH, now: state.clock() },
      ...{ sort: state.binaries.sort, hidden: new Set(), hasUntold: counters.untold > 0 },
    });
    openCopies(ui, () => binaryCopies(row, words));
  };

  const open = (binary: string) => {
    const first = requests + 1;
    let askedAt = Number.NEGATIVE_INFINITY;
    /** Only while it is painted, and the screen is painted each second. */
    const ask = () => {
      const now = performance.now();
      if (now - askedAt < ASK_MS) return;
      askedAt = now;
      requests += 1;
      effects.tellAgent({ type: 'describe-binary', request: requests, binary });
    };
    const page = createBinaryPage({
      binary,
      profile() {
        ask();
        const answer = state.binaryAnswer;
        return answer && answer.request >= first ? answer.profile : 'asking';
      },
      look: (width) => ({
        ...ui.look,
        ...{ width, now: state.clock(), isThinLink: state.isThinLink },
        hostName: state.facts.hostName,
      }),
      choose: (filter) => showEventsOf(ui, filter, page),
      showAll: () => showEventsOf(ui, binaryTerm(binary), page),
      copy,
    });
    ui.open(page);
  };

  return {
    'binary.detail': (name) => {
      const binary = name ?? selected();
      if (binary !== undefined) open(binary);
    },
    'binary.events': () => {
      const binary = selected();
      if (binary !== undefined) showEventsOf(ui, binaryTerm(binary));
    },
  };
}
