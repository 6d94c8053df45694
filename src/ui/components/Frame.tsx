import { Box, Text } from 'ink';
import type { ReactNode } from 'react';

type Props = {
  width: number;
  height: number;
  isZoomed: boolean;
  header: string;
  tabs: string;
  rule: string;
  lowerRule: string;
  footer: string;
  children?: ReactNode;
};

/** Rows of the frame around the view: header, tabs, rule; rule, footer. Zoomed: header and footer alone. */
export const frameHeights = (isZoomed: boolean): { top: number; bottom: number } =>
  isZoomed ? { top: 1, bottom: 1 } : { top: 3, bottom: 2 };

/** The frame: finished lines around the body. A live view leaves the body empty; the compositor lays its lines over it. */
export function Frame(props: Props) {
  const { width, height, isZoomed, header, tabs, rule, lowerRule, footer, children } = props;
  const { top, bottom } = frameHeights(isZoomed);
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Text wrap="truncate">{header}</Text>
      {!isZoomed && <Text wrap="truncate">{tabs}</Text>}
      {!isZoomed && <Text wrap="truncate">{rule}</Text>}
      <Box flexDirection="column" height={height - top - bottom} overflow="hidden">
        {children}
      </Box>
      {!isZoomed && <Text wrap="truncate">{lowerRule}</Text>}
      <Text wrap="truncate">{footer}</Text>
    </Box>
  );
}
