import type { NodeStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import { createTextPage } from '../dialogs/textPage.ts';
import { type AppState, say } from '../state.ts';
import { nodeLines } from '../views/nodeLines.ts';
import type { Handlers, Ui } from './ui.ts';

/** `:nodes`: the agents that events come from. */
export const createNodes = ({ state, look, open }: Ui): Handlers => ({
  'app.nodes': () =>
    open(
      createTextPage({
        page: 'nodes',
        lines: (width) => nodeLines(state.nodes, look, width),
      }),
    ),
});

/** What the source tells of its agents; of changes the last one is said. */
export function takeNodes(state: AppState, nodes: readonly NodeStatus[]): void {
  const before = new Map(state.nodes.map((node) => [node.address, node]));
  state.nodes = nodes;
  for (const node of nodes) {
    const known = before.get(node.address);
    if (known?.state === node.state) continue;
    const name = escapeText(node.node || node.address);
    if (node.state === 'connected') say(state, `${name} is connected`);
    else if (node.state === 'failed')
      say(state, `${name}: ${escapeText(node.reason ?? 'the connection failed')}`, 'warning');
    else if (known) say(state, `${name} is lost: connecting again`, 'warning');
  }
}
