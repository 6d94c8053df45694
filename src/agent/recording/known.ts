import type {
  FromAgent,
  LostCounts,
  PolicyDescription,
  PolicyState,
  RecordedMark,
} from '../messages.ts';
import { inPieces } from '../pieces.ts';
import type { RecordingLine } from './format.ts';

/** What a recording must have whole, beside processes and facts: each can be told anew at any time, and then holds instead of before. */
export const PARTS = ['policies', 'states', 'lost', 'marks'] as const;
export type Part = (typeof PARTS)[number];

export type News = { readonly part: Part; readonly lines: readonly RecordingLine[] };

/** What has been told so far. */
export type Known = {
  /** @returns what is new, as lines; none: nothing that a recording needs */
  hear(message: FromAgent): News[];
  mark(mark: RecordedMark, isSet: boolean): News[];
  /** Marks are a recording's: another one begins without. */
  forgetMarks(): void;
  /**
   * All there is now, in lines of a bounded size.
   *
   * @param isAnew something of it was told before, and is void where it isn't so any more
   */
  lines(part: Part, isAnew: boolean): RecordingLine[];
};

/** Bytes of a line; of one whose only thing is larger. */
export const LINE = { most: 128 << 10, mostOfOne: 4 << 20 };
/** The screens of an agent set fewer by hand. */
const MOST_MARKS = 2000;
/** Of a mark's texts: replay/recordedShapes.ts. */
const LONGEST_TEXT = 1024;

/** @param onTooLarge something is too large for a line */
export function createKnown(onTooLarge: () => void): Known {
  const policies = new Map<number, PolicyDescription>();
  const states = new Map<number, PolicyState>();
  const marks = new Map<string, RecordedMark>();
  let lostCounts: LostCounts | undefined;

  const policyLines = (changed: Iterable<PolicyDescription>, removed: readonly number[]) => [
    ...(removed.length > 0 ? [{ kind: 'policies' as const, changed: [], removed }] : []),
    ...Array.from(inPieces(changed, LINE, onTooLarge), (piece) => ({
      kind: 'policies' as const,
      changed: piece,
      removed: [],
    })),
  ];
  const stateLines = (changed: Iterable<PolicyState>) =>
    Array.from(inPieces(changed, LINE, onTooLarge), (piece) => ({
      kind: 'states' as const,
      states: piece,
    }));

  return {
    hear(message) {
      if (message.type === 'policies') {
        for (const id of message.removed) {
          policies.delete(id);
          states.delete(id);
        }
        for (const policy of message.changed) policies.set(policy.id, policy);
        return [{ part: 'policies', lines: policyLines(message.changed, message.removed) }];
      }
      if (message.type !== 'status') return [];
      for (const state of message.policies) states.set(state.id, state);
      const isChanged =
        lostCounts === undefined || JSON.stringify(lostCounts) !== JSON.stringify(message.lost);
      lostCounts = message.lost;
      return [
        { part: 'states', lines: stateLines(message.policies) },
        { part: 'lost', lines: isChanged ? [{ kind: 'lost', lost: message.lost }] : [] },
      ];
    },
    mark(mark, isSet) {
      if (mark.execId.length > LONGEST_TEXT || mark.label.length > LONGEST_TEXT) return [];
      const key = `${mark.time} ${mark.execId}`;
      if (!isSet) marks.delete(key);
      else if (marks.size < MOST_MARKS || marks.has(key)) marks.set(key, mark);
      return [{ part: 'marks', lines: [{ kind: 'mark', mark, isSet }] }];
    },
    forgetMarks: () => marks.clear(),
    lines(part, isAnew) {
      switch (part) {
        case 'policies':
          return [
            ...(isAnew
              ? [{ kind: 'policies' as const, changed: [], removed: [], all: [...policies.keys()] }]
              : []),
            ...policyLines(policies.values(), []),
          ];
        case 'states':
          return stateLines(states.values());
        case 'lost':
          return lostCounts ? [{ kind: 'lost', lost: lostCounts }] : [];
        case 'marks':
          return [{ kind: 'marks', marks: [...marks.values()] }];
      }
    },
  };
}
