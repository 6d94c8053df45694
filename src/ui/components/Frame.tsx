import { Box, Text } from 'ink';
import type { ReactNode } from 'react';

type Props = {
  width: number;
  height: number;
  header: string;
  tabs: string;
  rule: string;
  lowerRule: string;
  footer: string;
  children?: ReactNode;
};

/** Rows of the frame around the view: header, tabs, rule; rule, footer. */
export const FRAME_TOP = 3;
export const FRAME_BOTTOM = 2;

/** The frame: finished lines around the body. A live view leaves the body empty; the compositor lays its lines over it. */
export function Frame({ width, height, header, tabs, rule, lowerRule, footer, children }: Props) {
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Text wrap="truncate">{header}</Text>
      <Text wrap="truncate">{tabs}</Text>
      <Text wrap="truncate">{rule}</Text>
      <Box flexDirection="column" height={height - FRAME_TOP - FRAME_BOTTOM} overflow="hidden">
        {children}
      </Box>
      <Text wrap="truncate">{lowerRule}</Text>
      <Text wrap="truncate">{footer}</Text>
    </Box>
  );
}
