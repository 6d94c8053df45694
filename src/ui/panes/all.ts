import type { ToAgent } from '../../agent/messages.ts';
import type { View } from '../commands.ts';
import type { AppState } from '../state.ts';
import type { BinaryRow } from '../store/binaryRow.ts';
import type { Theme } from '../theme.ts';
import { createAlertsPane } from './alertsPane.ts';
import { createBinariesPane } from './binariesPane.ts';
import type { Pane } from './pane.ts';
import { createPoliciesPane, type PoliciesPane } from './policiesPane.ts';
import type { SortedPane } from './sortedPane.ts';
import { createStreamPane, type StreamPane } from './streamPane.ts';
import { createTreePane, type TreePane } from './treePane.ts';

export type PaneOptions = {
  state: AppState;
  node: string;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
  tellAgent(message: ToAgent): void;
  /** Something was found out in the background: the screen is painted soon. */
  repaint(): void;
};

export type Panes = Readonly<
  Record<Exclude<View, 'binaries' | 'policies' | 'tree' | 'stream'>, Pane>
> & {
  readonly stream: StreamPane;
  readonly tree: TreePane;
  readonly binaries: SortedPane<BinaryRow>;
  readonly policies: PoliciesPane;
  /** The stream is paused, which the header shows in every view. */
  readonly isPaused: () => boolean;
};

export function createPanes(options: PaneOptions): Panes {
  const stream = createStreamPane(options);
  return {
    stream,
    tree: createTreePane(options),
    binaries: createBinariesPane(options),
    policies: createPoliciesPane(options),
    alerts: createAlertsPane(options),
    isPaused: stream.isPaused,
  };
}
