import { isBpfError } from '../bpf/addon.ts';
import type { KernelObjects } from './objects.ts';
import type { Site } from './sites.ts';
import { type Attached, type AttachmentHost, createWays, type Way } from './ways.ts';

/** The programs at the sites: attached while a policy that is switched on needs them. */
export type Attachments = {
  /**
   * Attaches what these sites need and detaches everything else. What the kernel refuses is not an error: see `failureOf`. It is
   * tried again with the next update.
   */
  update(needed: ReadonlySet<Site>): void;
  /** Whether a link still says the number of this site, although nothing needs it there any more. */
  isHeld(site: Site): boolean;
  /** Whether the returns of all system calls are seen, where marks end (bpf/marks.h). */
  canMark(): boolean;
  /** Why the site's program is not attached; undefined: it is, or it isn't needed. */
  failureOf(site: Site): string | undefined;
  close(): void;
};

/** One attachment may serve several ways. */
type Held = { attached: Attached; keys: readonly string[] };

export function createAttachments(objects: KernelObjects, host: AttachmentHost): Attachments {
  const { pulse } = host;
  const wayOf = createWays(objects, host);
  const held = new Map<string, Held>();
  const failures = new Map<string, string>();

  const hold = (attached: Attached, keys: readonly string[]) => {
    const entry = { attached, keys };
    for (const key of keys) held.set(key, entry);
  };

  /** The kernel lets go of a link when no program can be at work on it any more: on a busy machine that takes a second, of each. */
  const detach = ({ attached }: Held) => {
    for (const link of attached.links) {
      pulse();
      link.detach();
    }
    pulse();
    for (const copy of attached.copies) objects.drop(copy);
  };

  /** A link that serves several is kept while one of them is needed: at the others nothing listens then. */
  const letGo = (isNeeded: (key: string) => boolean) => {
    for (const entry of new Set(held.values())) {
      if (entry.keys.some(isNeeded)) continue;
      for (const key of entry.keys) held.delete(key);
      detach(entry);
    }
  };

  /** Many places of one kind take one link; when it can't be made, each is tried for itself, to tell which is at fault. */
  const attachGroups = (missing: readonly (readonly [Site, Way])[]) => {
    const groups = Map.groupBy(missing, ([, way]) => way.group?.key);
    for (const [key, members] of groups) {
      const group = members[0]?.[1].group;
      if (key === undefined || !group || members.length < 2) continue;
      pulse();
      try {
        const attached = group.attach(members.map(([site]) => site));
        hold(
          attached,
          members.map(([, way]) => way.key),
        );
      } catch {
        // What is wrong, and with which of them, is found when each is tried.
      }
    }
  };

  return {
    update(needed) {
      const ways = new Map(
        [...needed].map((site) => {
          const way = wayOf(site);
          return [way.key, [site, way] as const];
        }),
      );
      letGo((key) => ways.has(key));
      failures.clear();
      attachGroups([...ways.values()].filter(([, { key }]) => !held.has(key)));
      for (const [key, [, way]] of ways) {
        if (held.has(key)) continue;
        pulse();
        try {
          hold(way.attach(), [key]);
        } catch (error) {
          failures.set(key, explain(error));
        }
      }
      pulse();
    },
    isHeld: (site) => held.has(wayOf(site).key),
    canMark: () => held.has(wayOf({ number: 0, place: { kind: 'marks' } }).key),
    failureOf: (site) => failures.get(wayOf(site).key),
    close() {
      letGo(() => false);
    },
  };
}

/** The verifier names its reason at the end of its log, in front of these: its statistics, and what libbpf adds. */
const LOG_LINES = 4;
const AFTER_REASON = /^(?:processed |verification time |stack depth |-- |libbpf: |$)/;

/** What was refused and why, for the policy's status; of the verifier's log its last lines. */
function explain(error: unknown): string {
  if (!isBpfError(error)) return error instanceof Error ? error.message : String(error);
  const [first = ''] = error.message.split('\n');
  const program = error.program && !first.includes(error.program) ? `${error.program}: ` : '';
  const log = lastLines(error.log ?? '');
  return [`${program}${first}`, ...log].join('\n');
}

const lastLines = (log: string): string[] =>
  log
    .split('\n')
    .filter((line) => !AFTER_REASON.test(line))
    .slice(-LOG_LINES);
