import type { PolicyDeed } from '../policies/model.ts';
import type { Position } from '../policies/yaml.ts';

export const LEVELS = ['beginner', 'intermediate', 'advanced'] as const;
export type Level = (typeof LEVELS)[number];

/** A guided scenario, as its YAML file says it: read and checked, placeholders replaced. docs/labs.md tells of the format. */
export type Lab = {
  name: string;
  title: string;
  level: Level;
  /** How long a learner takes, about. */
  minutes: number;
  /** Techniques of MITRE ATT&CK: `T1053.003`. */
  mitre: readonly string[];
  file: string;
  /** The attack, in scripts by name. */
  scripts: ReadonlyMap<string, readonly PolicyDeed[]>;
  steps: readonly LabStep[];
  /** Names of the policies that the file brings. */
  policies: readonly string[];
  /** The file's text with everything blanked but its policies: they keep their lines. */
  policyText: string;
};

export type LabStep = {
  /** What the narrator says, in paragraphs. */
  text: readonly string[];
  /** Told one by one. */
  hints: readonly string[];
  /** What must hold before it goes on; empty: nothing. */
  checks: readonly LabCheck[];
  position: Position;
} & (
  | { kind: 'say' }
  /** The learner does something on the screen. */
  | { kind: 'do' }
  | { kind: 'run'; script: string }
  | { kind: 'ask'; choices: readonly LabChoice[] }
);

export type LabChoice = { text: string; isRight: boolean; reply: string };

/** How the attack may end: to its last deed, by SIGKILL, or with a deed refused (EPERM, EACCES). */
export const ENDINGS = ['done', 'killed', 'denied'] as const;
export type Ending = (typeof ENDINGS)[number];

export type LabCheck =
  /** An event of the policy about the attack's processes has come since it began last; or none has, now that it is over. */
  | { kind: 'seen' | 'unseen'; policy: string }
  /** The policy is on: in monitor or armed. */
  | { kind: 'watching'; policy: string }
  | { kind: 'armed'; policy: string }
  | { kind: 'off'; policy: string }
  | { kind: 'disarmed' }
  | { kind: 'attack'; ending: Ending };
