import { Text } from 'ink';

type Props = { lines: readonly string[]; top: number; height: number };

/** Finished lines, at most `height` of them, from `top` on. */
export function Lines({ lines, top, height }: Props) {
  return <Text wrap="truncate">{lines.slice(top, top + height).join('\n')}</Text>;
}
