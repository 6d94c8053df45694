import type { CommandName, Option } from './option.ts';

const REPLAY: readonly CommandName[] = ['replay'];

/** Read in replayCommandLine.ts. */
export const REPLAY_OPTIONS: readonly Option[] = [
  {
    name: 'speed',
    commands: REPLAY,
    value: 'SPEED',
    needs: 'a number such as 1 or 10, or max',
    help: 'so many times as fast as it happened; gaps of more than a minute last a second; max (default): all at once, then it stands at the end',
  },
  { name: 'real-gaps', commands: REPLAY, help: 'with --speed: long gaps last as long as they did' },
  {
    name: 'tail',
    commands: REPLAY,
    help: 'the last of the files may grow, and be rotated: what is added is shown too',
  },
  {
    name: 'rotated',
    commands: REPLAY,
    help: 'with each file also those that were rotated away from it: tetragon.log and tetragon-2026-11-21T03-24-37.857.log.gz',
  },
];
