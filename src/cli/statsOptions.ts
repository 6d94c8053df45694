import type { CommandName, Option } from './option.ts';

export const STATS: readonly CommandName[] = ['stats'];

export const STATS_OPTIONS: readonly Option[] = [
  {
    name: 'output',
    short: 'o',
    commands: STATS,
    value: 'FORMAT',
    needs: 'a format',
    help: 'table (default), json or prometheus',
  },
  { name: 'all', commands: STATS, help: 'policies that are off, too' },
  {
    name: 'socket',
    commands: STATS,
    value: 'PATH',
    needs: 'a path',
    help: 'socket of the running Trigon (default: TRIGON_SOCKET, else the only one in /run/trigon)',
  },
  {
    name: 'pid',
    commands: STATS,
    value: 'PID',
    needs: 'a process number',
    help: 'which Trigon, when several run',
  },
];
