/** What `trigon doctor` tells. The shape is documented in docs/doctor.md: `-o json` prints it as it is. */
export type DoctorReport = {
  /** Of this shape. */
  version: 1;
  kernel: string;
  sections: Section[];
  verdict: Verdict;
};

export type Section = { id: string; name: string; rows: Row[] };

export type Row = {
  /** Stays the same over versions: for scripts. */
  id: string;
  name: string;
  state: State;
  /** Never empty unless the state is `yes`. */
  reason: string;
  /** What somebody could do about it; null when nothing, or when nothing needs doing. */
  remedy: string | null;
};

/** `unknown`: it could not be tried, and nothing is guessed. */
export type State = 'yes' | 'no' | 'partly' | 'unknown';

export type Verdict = {
  /** The process sensor runs here. */
  works: boolean;
  lines: string[];
};

/** What a trial or a look came to, without the name of what was looked at. */
export type Outcome = Pick<Row, 'state' | 'reason' | 'remedy'>;

export const yes = (reason = ''): Outcome => ({ state: 'yes', reason, remedy: null });
export const no = (reason: string, remedy: string | null = null): Outcome => ({
  state: 'no',
  reason,
  remedy,
});
export const partly = (reason: string, remedy: string | null = null): Outcome => ({
  state: 'partly',
  reason,
  remedy,
});
export const unknown = (reason: string, remedy: string | null = null): Outcome => ({
  state: 'unknown',
  reason,
  remedy,
});

export const row = (id: string, name: string, outcome: Outcome): Row => ({ id, name, ...outcome });
