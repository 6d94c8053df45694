import { bySyscalls, entryOf } from './points.ts';
import { bpfMap, bpfProgram, isOneOf, number, perfEvent } from './sources.ts';
import type { Equivalent } from './types.ts';

/** enum bpf_cmd, include/uapi/linux/bpf.h */
const BPF_MAP_CREATE = 0;
const BPF_PROG_LOAD = 5;

const FROM_ATTRIBUTES = [
  'told at the request, from the attributes in the caller’s memory, before the kernel has checked them',
];
const load = { requires: [isOneOf(number(0), BPF_PROG_LOAD)] };
const create = { requires: [isOneOf(number(0), BPF_MAP_CREATE)] };

export const BPF: readonly Equivalent[] = [
  bySyscalls(
    ['bpf_check'],
    ['prog', 'attr', 'uattr', 'uattr_size'],
    [entryOf('bpf', [bpfProgram(1), bpfProgram(1), undefined, number(2)], load)],
    { differs: FROM_ATTRIBUTES },
  ),
  bySyscalls(
    ['security_bpf_prog_load'],
    ['prog', 'attr'],
    [entryOf('bpf', [bpfProgram(1), bpfProgram(1)], load)],
    { differs: FROM_ATTRIBUTES },
  ),
  bySyscalls(['security_bpf_map_alloc'], ['map'], [entryOf('bpf', [bpfMap(1)], create)], {
    differs: FROM_ATTRIBUTES,
    before: [6, 9],
  }),
  bySyscalls(
    ['security_bpf_map_create'],
    ['map', 'attr'],
    [entryOf('bpf', [bpfMap(1), undefined], create)],
    { differs: FROM_ATTRIBUTES, since: [6, 9] },
  ),
  bySyscalls(['security_bpf', '__sys_bpf'], ['cmd', 'attr', 'size'], {
    bpf: [number(0), bpfProgram(1), number(2)],
  }),
  bySyscalls(
    ['security_perf_event_alloc'],
    ['event'],
    { perf_event_open: [perfEvent(0)] },
    { differs: FROM_ATTRIBUTES },
  ),
];
