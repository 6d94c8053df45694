/** What people use Tetragon for, with the policies that they use. */
import type { Case } from '../case.ts';
import { FILE_SCENARIOS } from './classicFiles.ts';
import { NETWORK_SCENARIOS } from './classicNetwork.ts';
import { PROCESS_SCENARIOS } from './classicProcesses.ts';
import { scenarioCases } from './scenario.ts';

export const CLASSIC_CASES: readonly Case[] = [
  ...FILE_SCENARIOS,
  ...NETWORK_SCENARIOS,
  ...PROCESS_SCENARIOS,
].flatMap(scenarioCases);
