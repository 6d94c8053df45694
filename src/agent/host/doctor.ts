import { actionRows } from './actionRows.ts';
import { readHostFacts } from './facts.ts';
import { helperRows } from './helpers.ts';
import { hookRows } from './hookRows.ts';
import { kernelRows } from './kernelRows.ts';
import { nameRow } from './nameRow.ts';
import { ownProgramRows } from './ownPrograms.ts';
import { privilegeRows } from './privilegeRows.ts';
import type { ProgramKind } from './programs.ts';
import { type DoctorReport, type Outcome, type Row, row } from './report.ts';
import { type AttachKind, type Lab, withLab } from './trials.ts';
import { giveVerdict } from './verdict.ts';

const PROGRAM_TYPES: readonly [type: string, kind: ProgramKind][] = [
  ['tracing', 'tp_btf'],
  ['iterator', 'iter/task'],
  ['raw_tracepoint', 'raw_tp'],
  ['tracepoint', 'tracepoint'],
  ['kprobe', 'kprobe'],
  ['lsm', 'lsm'],
  ['cgroup_sock_addr', 'cgroup/connect4'],
  ['cgroup_sock', 'cgroup/sock_create'],
  ['cgroup_skb', 'cgroup_skb/egress'],
  ['sock_ops', 'sockops'],
];

const ATTACH_KINDS: readonly AttachKind[] = [
  'tp_btf',
  'raw_tp',
  'tracepoint',
  'kprobe',
  'kprobe.multi',
  'fentry',
  'fexit',
  'fmod_ret',
  'fmod_ret on a system call',
  'lsm',
  'uprobe',
  'uprobe.multi',
  'iter/task',
  'cgroup/connect4',
  'cgroup/sendmsg4',
  'cgroup/sock_create',
  'cgroup_skb/egress',
  'sockops',
];

/**
 * What this kernel and these privileges allow: everything that can be tried is tried, and undone, before this returns.
 * @param objectsDir where Trigon's own programs lie.
 */
export function examineHost(objectsDir: string): DoctorReport {
  const facts = readHostFacts();
  return withLab(facts, (lab) => {
    const [sensor, policies] = ownProgramRows(facts, objectsDir);
    const names = nameRow(facts, objectsDir);
    const helpers = helperRows(lab);
    const [sigkill, ...otherActions] = actionRows(facts, lab, policies, helpers);
    return {
      version: 1,
      kernel: facts.release,
      sections: [
        { id: 'kernel', name: 'Kernel', rows: kernelRows(facts) },
        { id: 'privileges', name: 'Privileges', rows: privilegeRows(facts) },
        { id: 'types', name: 'Program types', rows: typeRows(lab) },
        { id: 'attach', name: 'Attach kinds', rows: attachRows(lab) },
        { id: 'helpers', name: 'Helpers', rows: helpers },
        { id: 'hooks', name: 'Hook kinds of a policy', rows: hookRows(lab, policies) },
        { id: 'actions', name: 'Actions', rows: [sigkill, ...otherActions] },
        { id: 'trigon', name: "Trigon's own programs", rows: [sensor, policies, names] },
      ],
      verdict: giveVerdict(facts, lab, sensor, policies, sigkill),
    };
  });
}

const typeRows = (lab: Lab): Row[] =>
  PROGRAM_TYPES.map(([type, kind]) => row(`type.${type}`, type, lab.load(kind)));

function attachRows(lab: Lab): Row[] {
  const rows = ATTACH_KINDS.map((kind) =>
    row(`attach.${kind.replaceAll(' ', '-')}`, kind, lab.attach(kind)),
  );
  return [...rows, row('attach.usdt', 'usdt', usdt(lab))];
}

/** A USDT probe is a uprobe at a place that the executable's notes name: there is nothing else to try. */
function usdt(lab: Lab): Outcome {
  const uprobe = lab.attach('uprobe');
  return uprobe.state === 'yes'
    ? { ...uprobe, reason: 'a uprobe at the place of the note' }
    : uprobe;
}
