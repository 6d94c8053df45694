import { type CellProps, Table } from '@alcalzone/ink-table';
import { Box, Text } from 'ink';
import type { PropsWithChildren } from 'react';
import type { PolicyStatus } from '../../agent/messages.ts';
import type { ArmDialogState } from '../arming.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { type ArmLook, armPage, innerWidth } from '../views/armLines.ts';
import { OWN_NOTES } from '../views/armRadius.ts';

type Props = ArmLook & {
  dialog: ArmDialogState;
  policy: PolicyStatus;
  width: number;
  height: number;
};

/** Arming, step by step, with all that the operator must know before. */
export function ArmDialog({ dialog, policy, width, height, ...look }: Props) {
  const { head, body, table, foot } = armPage(dialog, policy, look, { width, height });
  return (
    <Box flexDirection="column" height={height} overflow="hidden" paddingX={1}>
      <Lines of={[...head, ...body]} />
      {table && (
        <Table
          data={table}
          header={tableHeader(look.theme)}
          cell={tableCell(look.theme)}
          padding={1}
        />
      )}
      <Box flexGrow={1} />
      <Lines of={foot} />
    </Box>
  );
}

/** A text for each: Ink keeps the last thousands of texts that it has measured, and most lines are as they were a second ago. */
function Lines({ of }: { of: readonly string[] }) {
  const numbered = of.map((line, at) => ({ line: line === '' ? ' ' : line, at }));
  return numbered.map(({ line, at }) => <Text key={at}>{line}</Text>);
}

/** In the theme's style: the table's own would be blue, also where colours are not wanted. */
function tableHeader(theme: Theme) {
  return ({ children }: PropsWithChildren) => (
    <Text>{renderLine([{ text: String(children), style: theme['text.strong'] }], WIDEST)}</Text>
  );
}

/** The operator's own processes stand out. */
function tableCell(theme: Theme) {
  const notes: string[] = Object.values(OWN_NOTES);
  return ({ children }: CellProps) => {
    const text = String(children);
    const style = theme[notes.includes(text.trim()) ? 'status.danger' : 'text'];
    return <Text>{renderLine([{ text, style }], WIDEST)}</Text>;
  };
}

const WIDEST = innerWidth(Number.MAX_SAFE_INTEGER);
