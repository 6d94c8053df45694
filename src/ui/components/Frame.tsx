import { Box } from 'ink';
import type { ReactNode } from 'react';

type Props = {
  width: number;
  height: number;
  isZoomed: boolean;
  children?: ReactNode;
};

/** Rows of the frame around the view: header, tabs, rule; rule, footer. Zoomed: header and footer alone. */
export const frameHeights = (isZoomed: boolean): { top: number; bottom: number } =>
  isZoomed ? { top: 1, bottom: 1 } : { top: 3, bottom: 2 };

/** The place of what covers a view. The compositor lays the lines around it, and live views, over this. */
export function Frame({ width, height, isZoomed, children }: Props) {
  const { top, bottom } = frameHeights(isZoomed);
  return (
    <Box flexDirection="column" width={width} height={height} paddingTop={top}>
      <Box flexDirection="column" height={height - top - bottom} overflow="hidden">
        {children}
      </Box>
    </Box>
  );
}
