/** Events for tests: what a test does not care about has a fixed value. */
import { compactLine, formatCompact } from '../../../src/events/compact.ts';
import type {
  Event,
  EventOf,
  KprobeArgument,
  PathArgument,
  Process,
  SockArgument,
} from '../../../src/events/types.ts';

export const process = (fields: Partial<Process> = {}): Process => ({
  execId: '',
  cwd: '',
  binary: '/usr/bin/curl',
  arguments: '',
  flags: '',
  parentExecId: '',
  ...fields,
});

export const kprobe = (
  functionName: string,
  args: readonly KprobeArgument[] = [],
  fields: Partial<EventOf<'process_kprobe'>> = {},
): Event => ({
  kind: 'process_kprobe',
  nodeName: 'n',
  process: process({ binary: '/b' }),
  functionName,
  args,
  action: 'KPROBE_ACTION_POST',
  policyName: '',
  ...fields,
});

export const file = (path: string, rest: Partial<PathArgument> = {}): KprobeArgument => ({
  kind: 'file_arg',
  value: { path, ...rest },
});
export const string = (value: string): KprobeArgument => ({ kind: 'string_arg', value });
export const int = (value: number): KprobeArgument => ({ kind: 'int_arg', value });
export const uint = (value: number): KprobeArgument => ({ kind: 'uint_arg', value });
export const size = (value: bigint): KprobeArgument => ({ kind: 'size_arg', value });
export const sock = (fields: Partial<SockArgument> = {}): KprobeArgument => ({
  kind: 'sock_arg',
  value: {
    family: 'AF_INET',
    type: 'SOCK_STREAM',
    protocol: 'IPPROTO_TCP',
    saddr: '10.0.0.1',
    daddr: '10.0.0.2',
    sport: 1000,
    dport: 80,
    ...fields,
  },
});

export const line = (event: Event): string => formatCompact(compactLine(event), { color: false });
export const colored = (event: Event): string => formatCompact(compactLine(event), { color: true });
