import type { RunningProcess } from '../../events/tetragonFilter/descendants.ts';
import type { AgentOptions, FromAgent } from '../messages.ts';
import { createExporter, type Exporter } from './exporter.ts';
import { abilitiesOf, makeSieve, needsSieve } from './sieve.ts';

/** @param running processes that are here already. @returns undefined: nothing is exported */
export function startExport(
  { exportFile, detail, node }: Pick<AgentOptions, 'exportFile' | 'detail' | 'node'>,
  tell: (message: FromAgent) => void,
  running: () => readonly RunningProcess[],
): Exporter | undefined {
  if (!exportFile) return undefined;
  const warn = (text: string) =>
    tell({ type: 'notice', level: 'warning', text: `export: ${text}` });
  const sieve = needsSieve(exportFile)
    ? makeSieve(exportFile, abilitiesOf(detail), warn)
    : undefined;
  return createExporter({ options: exportFile, node, tell, sieve, running });
}
