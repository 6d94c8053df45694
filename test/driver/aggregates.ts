import type {
  AlertGroup,
  BinaryCounters,
  FromAgent,
  Topic,
  TreeProcess,
} from '../../src/agent/messages.ts';
import type { Process } from '../../src/events/types.ts';

/** What a screen knows that applies the agent's messages about processes, binaries and alerts as they come. */
export type AggregatesSeen = {
  readonly tree: ReadonlyMap<string, TreeProcess>;
  readonly binaries: ReadonlyMap<string, BinaryCounters>;
  readonly alerts: ReadonlyMap<string, AlertGroup>;
  /** By request. */
  readonly descriptions: ReadonlyMap<number, Process[]>;
  /** Messages so far, and whole ones among them. */
  readonly counts: Readonly<Record<Topic, { messages: number; resets: number }>>;
  onMessage(message: FromAgent): void;
};

export function watchAggregates(): AggregatesSeen {
  const tree = new Map<string, TreeProcess>();
  const binaries = new Map<string, BinaryCounters>();
  const alerts = new Map<string, AlertGroup>();
  const descriptions = new Map<number, Process[]>();
  const counts = {
    tree: { messages: 0, resets: 0 },
    binaries: { messages: 0, resets: 0 },
    alerts: { messages: 0, resets: 0 },
  };

  const apply = <Row>(
    rows: Map<string, Row>,
    message: { type: Topic; reset: boolean; changed: Row[]; removed: string[] },
    keyOf: (row: Row) => string,
  ) => {
    counts[message.type].messages += 1;
    if (message.reset) {
      counts[message.type].resets += 1;
      rows.clear();
    }
    for (const key of message.removed)
      if (!rows.delete(key)) throw new Error(`removed, but never told: ${key}`);
    for (const row of message.changed) rows.set(keyOf(row), row);
  };

  return {
    tree,
    binaries,
    alerts,
    descriptions,
    counts,
    onMessage(message) {
      if (message.type === 'tree') apply(tree, message, ({ key }) => key);
      else if (message.type === 'binaries') apply(binaries, message, ({ binary }) => binary);
      else if (message.type === 'alerts') apply(alerts, message, ({ key }) => key);
      else if (message.type === 'description') descriptions.set(message.request, message.lineage);
    },
  };
}
