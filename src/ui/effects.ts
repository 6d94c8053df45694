import type { DoctorReport } from '../agent/host/report.ts';
import type { ProcessRef, TargetAnswer, ToAgent } from '../agent/messages.ts';
import type { CopyResult } from './clipboard.ts';
import type { CommandId } from './commands.ts';
import type { Hit } from './hits.ts';
import type { Look } from './look.ts';
import type { PaneSize } from './panes/pane.ts';
import type { PolicyLayout } from './policyLayout.ts';
import type { ThemeBook } from './themes/book.ts';

/** What actions may do to the world outside the state. */
export type Effects = {
  tellAgent(message: ToAgent): void;
  /** Asks the agent who would get a signal. */
  findTarget(process: ProcessRef): Promise<TargetAnswer>;
  readonly look: Look;
  /** Absent where there is only the look's own. */
  readonly themes?: ThemeBook | undefined;
  /** The theme in use is another one. */
  restyle(): void;
  /** Size of the view. */
  size(): PaneSize;
  /** The terminal is too small to show anything. */
  isTooSmall(): boolean;
  readonly policyLayout: PolicyLayout;
  /** What lies at a place of the screen as it was last painted; from 0. */
  hitAt(column: number, row: number): Hit | undefined;
  /** The arming dialog can be seen: it isn't while its code is being read. */
  isCoverDrawn(): boolean;
  /** Reports of the mouse, by the terminal. */
  readonly mouse: { isOn(): boolean; set(isOn: boolean): void };
  copy(text: string): Promise<CopyResult>;
  /** What this host allows; takes a second or two. Rejects in words. */
  askDoctor(signal: AbortSignal): Promise<DoctorReport>;
  /** Paints soon: something happened that no key did. */
  repaint(): void;
  redraw(): void;
  suspend(): void;
  quit(): void;
  /** What a key does in a lab. */
  lab(id: CommandId): void;
};
