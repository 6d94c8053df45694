import { CAPABILITY_NAMES, type Capability, purposeOf } from './capabilities.ts';
import type { HostFacts } from './facts.ts';
import { isOlder } from './refusal.ts';
import { no, type Outcome, type Row, row, yes } from './report.ts';

export function privilegeRows(facts: HostFacts): Row[] {
  return [
    ...CAPABILITY_NAMES.map((name) => row(`privilege.${name}`, name, capability(facts, name))),
    row(
      'privilege.user-namespace',
      'the first user namespace',
      facts.initialUserNamespace
        ? yes()
        : no(
            'in another one: capabilities count for nothing in bpf(2)',
            'run it as root of the host, outside of rootless containers',
          ),
    ),
    row(
      'privilege.pid-namespace',
      'the first pid namespace',
      facts.initialPidNamespace
        ? yes()
        : no(
            'in another one: the process ids that the kernel reports are those of the host',
            "run it on the host, or with the host's pid namespace (--pid=host)",
          ),
    ),
    row(
      'privilege.seccomp',
      'no seccomp filter',
      facts.seccompFilter
        ? no(
            'a filter is on, as in containers: it may refuse bpf(2)',
            'run it on the host, or with --security-opt seccomp=unconfined',
          )
        : yes(),
    ),
  ];
}

function capability({ capabilities, release }: HostFacts, name: Capability): Outcome {
  if (capabilities.has(name)) return yes(purposeOf(name));
  const root = capabilities.has('CAP_SYS_ADMIN');
  if (root && (name === 'CAP_BPF' || name === 'CAP_PERFMON' || name === 'CAP_NET_ADMIN'))
    return no(`for ${purposeOf(name)}; CAP_SYS_ADMIN stands in for it`);
  if (name === 'CAP_SYS_RESOURCE' && !isOlder(release, [5, 11]))
    return no(`for ${purposeOf(name)}`);
  return no(`for ${purposeOf(name)}`, `run it as root, or with ${name}`);
}
