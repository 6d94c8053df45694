import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { explainFailure } from '../failure.ts';
import { cgroupTree, startDnsSensor } from '../names/dnsSensor.ts';
import type { HostFacts } from './facts.ts';
import { untriedWithout } from './refusal.ts';
import { no, type Outcome, type Row, row, yes } from './report.ts';

/** Whether host names can be learnt from the DNS answers of this host: Trigon's program is attached for a moment. */
export const nameRow = (facts: HostFacts, objectsDir: string): Row =>
  row('trigon.names', 'host names from DNS answers', tryToWatch(facts, objectsDir));

function tryToWatch(facts: HostFacts, objectsDir: string): Outcome {
  const untried = untriedWithout(facts, ['CAP_BPF', 'CAP_NET_ADMIN']);
  if (untried) return no(untried.reason.replace('not probed: ', ''), untried.remedy);
  const tree = cgroupTree();
  if (tree === undefined)
    return no(
      'cgroup v2 is not mounted, and the program attaches to nothing else',
      'boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2',
    );
  if (!existsSync(join(objectsDir, 'dns.bpf.o')))
    return no(`${objectsDir} has no such program`, 'build it: npm run build');
  try {
    startDnsSensor(objectsDir, tree).close();
    return yes('loaded, attached and removed again');
  } catch (error) {
    const { message, remedy } = explainFailure(error);
    return no(message, remedy);
  }
}
