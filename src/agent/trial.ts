/** What came of trying a policy: its trigger must be seen, its near miss must not. */
export type TrialResult = {
  policy: string;
  file: string;
  verdict: TrialVerdict;
  /** Why, in words: what was seen, what was not and the likely reason. */
  why: string;
  /** How its hooks are had on this host, when the policy could be loaded. */
  obtained: string;
  trigger: TrialRun | undefined;
  nearMiss: TrialRun | undefined;
};

/**
 * 'seen': the trigger was seen and the near miss was not. 'not seen': the trigger ran and no event came. 'false alarm': the near
 * miss was seen. 'not run': it brings no trigger, can't be had on this host, or the trigger itself failed.
 */
export type TrialVerdict = 'seen' | 'not seen' | 'false alarm' | 'not run';

export type TrialRun = {
  /** The deeds, as the policy has them. */
  deeds: string[];
  /** Events of the policy about processes of the run. */
  events: number;
  /** The first of them as a compact line. */
  line: string | undefined;
  /** What the deeds complained of; undefined: all were done. */
  problem: string | undefined;
};
