import { Box } from 'ink';
import type { ReactNode } from 'react';
import { type FrameParts, frameHeights } from '../frameHeights.ts';

type Props = {
  width: number;
  height: number;
  parts: FrameParts;
  children?: ReactNode;
};

/** The place of what covers a view. The compositor lays the lines around it, and live views, over this. */
export function Frame({ width, height, parts, children }: Props) {
  const { top, bottom } = frameHeights(parts);
  return (
    <Box flexDirection="column" width={width} height={height} paddingTop={top}>
      <Box flexDirection="column" height={height - top - bottom} overflow="hidden">
        {children}
      </Box>
    </Box>
  );
}
