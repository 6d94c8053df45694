import type { ToAgent } from '../../agent/messages.ts';
import type { View } from '../commands.ts';
import type { AppState } from '../state.ts';
import type { Theme } from '../theme.ts';
import type { Pane } from './pane.ts';
import { createPoliciesPane } from './policiesPane.ts';
import { createStreamPane } from './streamPane.ts';

export type PaneOptions = {
  state: AppState;
  node: string;
  theme: Theme;
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
  tellAgent(message: ToAgent): void;
};

export type Panes = Readonly<Record<View, Pane>> & {
  /** The stream is paused, which the header shows in every view. */
  readonly isPaused: () => boolean;
};

export function createPanes(options: PaneOptions): Panes {
  const stream = createStreamPane(options);
  return { stream, policies: createPoliciesPane(options), isPaused: stream.isPaused };
}
