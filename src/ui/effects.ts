import type { ToAgent } from '../agent/messages.ts';
import type { CopyResult } from './clipboard.ts';
import type { CommandId } from './commands.ts';
import type { DetailState } from './detail.ts';
import type { Look } from './look.ts';
import type { PaneSize } from './panes/pane.ts';
import type { PolicyLayout } from './policyLayout.ts';

/** What actions may do to the world outside the state. */
export type Effects = {
  tellAgent(message: ToAgent): void;
  readonly look: Look;
  /** Size of the view. */
  size(): PaneSize;
  /** The terminal is too small to show anything. */
  isTooSmall(): boolean;
  /** Lines that the help screen has. */
  helpLength(): number;
  /** Lines that a detail's tab has. */
  detailLength(detail: DetailState): number;
  readonly policyLayout: PolicyLayout;
  copy(text: string): Promise<CopyResult>;
  /** Paints soon: something happened that no key did. */
  repaint(): void;
  redraw(): void;
  suspend(): void;
  quit(): void;
  /** What a key does in a lab. */
  lab(id: CommandId): void;
};
