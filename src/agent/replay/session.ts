import type { Event } from '../../events/types.ts';
import { NOTHING_LOST } from '../lost.ts';
import type { FromAgent, PolicyDescription, RecordedMark, Topic } from '../messages.ts';
import type { RecordingLine } from '../recording/format.ts';
import { createToldModels, type ToldModels } from '../told/models.ts';

/** What has been told so far by what was played: processes, programs and alerts, policies, marks, what was lost. */
export type Session = {
  readonly models: ToldModels;
  add(event: Event, time: bigint): void;
  take(line: RecordingLine): void;
  watch(topics: readonly Topic[]): void;
  /** Sends what changed since. */
  send(): void;
  /** All of it is void. */
  restart(): void;
  severityOf(policy: string): PolicyDescription['severity'];
};

/** Marks of a recording that are kept: nobody sets more by hand. */
const MAX_MARKS = 10_000;

type Options = {
  readonly tell: (message: FromAgent) => void;
  readonly onProcess?: ((pid: number, parentPid: number) => void) | undefined;
  readonly onExit?: ((pid: number) => void) | undefined;
};

export function createSession({ tell, onProcess, onExit }: Options): Session {
  const policies = new Map<number, PolicyDescription>();
  /** Those of later are known already when it is played again. */
  const marks = new Map<string, RecordedMark>();
  let topics: readonly Topic[] = [];
  let node = '';
  let severities = new Map<string, PolicyDescription['severity']>();
  let lost = NOTHING_LOST;
  let models = create();

  function create(): ToldModels {
    return createToldModels({
      tell,
      severityOf: (policy) => severities.get(policy),
      onProcess,
      onExit,
    });
  }

  const setPolicies = (changed: readonly PolicyDescription[], removed: readonly number[]) => {
    for (const id of removed) policies.delete(id);
    for (const policy of changed) policies.set(policy.id, policy);
    severities = new Map(Array.from(policies.values(), (one) => [one.name, one.severity]));
    tell({ type: 'policies', changed: [...changed], removed: [...removed] });
  };

  /** Those that a line with all ids does not name. */
  const goneOf = (all: readonly number[]): number[] => {
    const there = new Set(all);
    return [...policies.keys()].filter((id) => !there.has(id));
  };

  const setMark = (mark: RecordedMark, isSet: boolean) => {
    const key = markKey(mark);
    if (!isSet) marks.delete(key);
    else if (marks.size < MAX_MARKS) marks.set(key, mark);
    tell({ type: 'marks', marks: [...marks.values()] });
  };

  return {
    get models() {
      return models;
    },
    add: (event, time) => models.add(event, time),
    take(line) {
      switch (line.kind) {
        case 'begin':
          node = line.node;
          return;
        case 'processes':
          return models.found(line.processes, node);
        case 'policies':
          return setPolicies(line.changed, line.all ? goneOf(line.all) : line.removed);
        case 'states':
          return tell({ type: 'status', policies: [...line.states], lost });
        case 'lost':
          lost = { ...NOTHING_LOST, ...line.lost };
          return tell({ type: 'status', policies: [], lost });
        case 'facts':
          return tell({ type: 'facts', facts: line.facts });
        case 'mark':
          return setMark(line.mark, line.isSet);
        case 'marks':
          marks.clear();
          for (const mark of line.marks.slice(0, MAX_MARKS)) marks.set(markKey(mark), mark);
          return tell({ type: 'marks', marks: [...marks.values()] });
        case 'end':
          return;
      }
    },
    watch(wanted) {
      topics = wanted;
      models.watch(wanted);
    },
    send: () => models.send(),
    restart() {
      tell({ type: 'restart' });
      if (policies.size > 0) tell({ type: 'policies', changed: [], removed: [...policies.keys()] });
      policies.clear();
      severities = new Map();
      lost = NOTHING_LOST;
      models = create();
      models.watch(topics);
      tell({ type: 'status', policies: [], lost });
    },
    severityOf: (policy) => severities.get(policy),
  };
}

const markKey = ({ time, execId }: RecordedMark): string => `${time} ${execId}`;
