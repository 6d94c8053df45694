import { CAUSES, totalLost } from '../agent/lost.ts';
import type { LatencyCounts } from '../agent/metrics/latency.ts';
import type { AgentStats } from '../agent/metrics/types.ts';
import { escapeText } from '../events/text.ts';
import { formatBytes } from './policyTable.ts';

/** The numbers of a running Trigon, for people. @param all also policies that are off and have counted nothing */
export function statsTable(stats: AgentStats, now: number, all = false): string {
  const { pid, version, node, startedAt, memory, cpuSeconds } = stats;
  const up = Math.max(0, (now - startedAt) / 1000);
  return [
    `Trigon ${escapeText(version)} on ${escapeText(node)}, pid ${pid}, up ${duration(up)}`,
    `memory ${formatBytes(memory)}, processor ${percent(cpuSeconds, up)} since its start`,
    '',
    ...eventLines(stats),
    '',
    ...lostLines(stats),
    '',
    ...rows(
      ['Kernel ring', ''],
      [
        ['size', formatBytes(stats.ring.size)],
        ['in it now', formatBytes(stats.ring.last)],
        [
          'at most',
          `${formatBytes(stats.ring.most)} (${percent(stats.ring.most, stats.ring.size)})`,
        ],
        ['records', String(stats.ring.records)],
        ['read within', latencyText(stats.latency)],
      ],
    ),
    '',
    ...rows(
      ['Map', 'Entries', 'Of', 'Memory'],
      stats.maps.map(({ name, entries, capacity, bytes }) => [
        ...[name, String(entries), String(capacity), formatBytes(bytes)],
      ]),
    ),
    '',
    ...policyLines(stats, all),
    ...otherLines(stats),
  ].join('\n');
}

const eventLines = ({ events }: AgentStats): string[] =>
  rows(
    ['Events', 'All', 'Per second'],
    events.length === 0
      ? [['none yet', '', '']]
      : events.map(({ type, count, perSecond }) => [type, String(count), perSecond.toFixed(1)]),
  );

function lostLines({ lost }: AgentStats): string[] {
  const causes = Object.entries(CAUSES).filter(([cause]) => lost[cause as keyof typeof lost] > 0);
  return rows(
    ['Lost', String(totalLost(lost))],
    causes.map(([cause, words]) => [words, String(lost[cause as keyof typeof lost])]),
  );
}

/** The library alone has dozens that are off: they would hide the rest. */
function policyLines({ policies }: AgentStats, all: boolean): string[] {
  const shown = policies.filter(
    ({ mode, counts, runs }) =>
      all || mode !== 'off' || runs.runs > 0 || Object.values(counts).some((count) => count > 0),
  );
  const off = policies.length - shown.length;
  return [
    ...rows(
      ['Policy', 'Mode', 'State', 'Events', 'Killed', 'Denied', 'Would', 'Memory', 'Per run'],
      shown.length === 0
        ? [['none on']]
        : shown.map(({ name, mode, condition, counts, memoryBytes, runs }) => [
            ...[escapeText(name), mode, condition, String(counts.posted), String(counts.killed)],
            ...[String(counts.overridden), String(counts.wouldAct), formatBytes(memoryBytes)],
            runs.runs === 0 ? '-' : `${Math.round(runs.runTimeNs / runs.runs)} ns`,
          ]),
    ),
    ...(off === 0 ? [] : [`  ${off} more ${off === 1 ? 'is' : 'are'} off (--all)`]),
  ];
}

function otherLines({ processes, exported, dns, throttles, attached }: AgentStats): string[] {
  const unseen = dns ? dns.tooMany + dns.tooLong + dns.noRoom : 0;
  return [
    '',
    ...rows(
      ['Other', ''],
      [
        ['processes remembered', String(processes)],
        ['attached', `${attached.screens} screens, ${attached.grpc} gRPC clients`],
        ['cgroups throttled', `${throttles.started}, ended: ${throttles.stopped}`],
        ...(exported
          ? [['exported', `${exported.events} events, ${formatBytes(exported.bytes)}`]]
          : []),
        ['names from DNS', dns ? `learnt; answers not looked at: ${unseen}` : 'not learnt'],
      ],
    ),
  ];
}

const GAP = '   ';

/** Columns as wide as their longest cell; numbers stand at the right. */
function rows(titles: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const all = [titles, ...lines.map((line) => [`  ${line[0] ?? ''}`, ...line.slice(1)])];
  const columns = titles.map((_, at) => ({
    width: Math.max(...all.map((line) => (line[at] ?? '').length)),
    isNumber: at > 0 && lines.every((line) => /^(?:[\d-]|$)/.test(line[at] ?? '')),
  }));
  return all.map((line) =>
    columns
      .map(({ width, isNumber }, at) =>
        isNumber ? (line[at] ?? '').padStart(width) : (line[at] ?? '').padEnd(width),
      )
      .join(GAP)
      .trimEnd(),
  );
}

/** Half of the events, and nearly all of them: the bounds of the histogram that they lie below. */
function latencyText({ buckets, count }: LatencyCounts): string {
  if (count === 0) return '-';
  const bound = (share: number) => {
    const bucket = buckets.find((candidate) => candidate.count >= count * share);
    return bucket
      ? `${bucket.seconds * 1000} ms`
      : `more than ${(buckets.at(-1)?.seconds ?? 0) * 1000} ms`;
  };
  return `${bound(0.5)} (half), ${bound(0.99)} (99%)`;
}

const percent = (part: number, whole: number): string =>
  `${(whole > 0 ? (part / whole) * 100 : 0).toFixed(1)}%`;

function duration(seconds: number): string {
  const [days, rest] = [Math.floor(seconds / 86_400), seconds % 86_400];
  const [hours, minutes] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(rest)} s`;
}
