import { type Instance, render, Text } from 'ink';
import type { PolicyStatus } from '../agent/messages.ts';
import type { ArmDialogState } from './arming.ts';
import { ArmDialog } from './components/ArmDialog.tsx';
import { Frame } from './components/Frame.tsx';
import type { FrameParts } from './frameHeights.ts';
import type { PaneSize } from './panes/pane.ts';
import { createInkSink } from './terminal/inkSink.ts';
import type { Size } from './terminal/screen.ts';
import type { Theme } from './theme.ts';

/** What covers the view. `now`: wall clock, ms, to the second. */
export type Cover = {
  readonly dialog: ArmDialogState;
  readonly policy: PolicyStatus;
  readonly now: number;
};

/** Draws what covers the view by Ink. A module of its own, so that Ink is read when something covers the view for the first time. */
export type InkCover = {
  /** A frame of Ink's costs milliseconds. @param view size of what is covered */
  draw(cover: Cover | undefined, screen: Size, parts: FrameParts, view: PaneSize): void;
  resize(columns: number, rows: number): void;
  /** Rejects when a component throws. */
  readonly broken: Promise<unknown>;
  close(): void;
};

type Options = {
  readonly size: Size;
  readonly theme: Theme;
  readonly userNames: ReadonlyMap<number, string>;
  /** Gets each whole frame; see InkSink. */
  onFrame(frame: string): void;
};

export function createInkCover({ size, theme, userNames, onFrame }: Options): InkCover {
  const sink = createInkSink({ ...size, onFrame });
  const ink: Instance = render(<Text> </Text>, sink.renderOptions);
  return {
    draw: (cover, { columns, rows }, parts, view) =>
      ink.rerender(
        <Frame width={columns} height={rows} parts={parts}>
          {cover && <ArmDialog {...{ ...cover, ...view, theme, userNames }} />}
        </Frame>,
      ),
    resize: sink.resize,
    broken: ink.waitUntilExit(),
    close: () => ink.unmount(),
  };
}
