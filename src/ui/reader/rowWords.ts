import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText, quoteIfNeeded } from '../../events/text.ts';
import type { TreeRow } from '../store/treeRows.ts';
import { userText } from '../userNames.ts';
import { shortAge } from '../views/format.ts';
import { deniedOf, killedOf, wouldDenyOf, wouldKillOf } from '../views/policyCounts.ts';
import { modeText } from '../views/policyState.ts';

type TreeFacts = {
  readonly userNames: ReadonlyMap<number, string>;
  /** Wall clock, ms. */
  readonly now: number;
  readonly isTagged?: ((key: string) => boolean) | undefined;
};

/** `/usr/bin/curl https://ebpf.io: pid 4711, user root, running for 5m, level 3, 2 events`: what the guide lines show is the level. */
export function treeWords(row: TreeRow, { userNames, now, isTagged }: TreeFacts): string {
  const { process, hidden, hits, kills, isCollapsed } = row;
  const { pid, uid, user, startedAt, endedAt, ending, events } = process;
  const binary = quoteIfNeeded(process.binary) || '?';
  const args = process.arguments === '' ? '' : ` ${escapeText(process.arguments)}`;
  const age = shortAge((endedAt ?? now) - startedAt);
  const facts = [
    ...(isTagged?.(process.key) ? ['tagged'] : []),
    `pid ${pid}`,
    `user ${escapeText(user ?? userText(uid, userNames))}`,
    endedAt === undefined ? `running for ${age}` : `ended after ${age}`,
    ...(ending === undefined ? [] : [`exit ${escapeText(ending)}`]),
    ...(process.container === '' ? [] : [`container ${escapeText(process.container)}`]),
    `level ${levelOf(row)}`,
    ...(isCollapsed ? [`collapsed, ${hidden} below`] : []),
    `${events} events`,
    ...(hits > 0 ? [`${hits} policy hits`] : []),
    ...(kills > 0 ? [`${kills} kills`] : []),
  ];
  return `${binary}${args}: ${facts.join(', ')}`;
}

/** From 1; a chain of processes can be long. */
function levelOf(row: TreeRow): number {
  let level = 1;
  for (let at = row.above; at; at = at.above) level += 1;
  return level;
}

/** `etc-writes: monitor, severity high, seen 12, would kill 3`: counts that aren't zero. */
export function policyWords(policy: PolicyStatus, now: number): string {
  const counts: readonly (readonly [string, number])[] = [
    ['seen', policy.counts.matched],
    ['would kill', wouldKillOf(policy)],
    ['would deny', wouldDenyOf(policy)],
    ['killed', killedOf(policy)],
    ['denied', deniedOf(policy)],
  ];
  const facts = [
    modeText(policy, now),
    ...(policy.severity === undefined ? [] : [`severity ${policy.severity}`]),
    ...counts.flatMap(([name, count]) => (count > 0 ? [`${name} ${count}`] : [])),
  ];
  return `${escapeText(policy.name)}: ${facts.join(', ')}`;
}
