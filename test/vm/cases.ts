import type { Case } from './case.ts';
import { ATTACH_CASES } from './cases/attach.ts';
import { BASE_CASES } from './cases/base.ts';
import { CLASSIC_CASES } from './cases/classic.ts';
import { CLOCK_CASES } from './cases/clock.ts';
import { CONFORMANCE_CASES } from './cases/conformance.ts';
import { LIBRARY_CASES } from './cases/library.ts';
import { LOCKDOWN_CASES } from './cases/lockdown.ts';
import { NAME_CASES } from './cases/names.ts';
import { OVERRIDE_CASES } from './cases/override.ts';
import { PANE_CASES } from './cases/pane.ts';
import { PID_CASES } from './cases/pids.ts';
import { SAFETY_CASES } from './cases/safety.ts';

/** In the order in which a boot runs them. */
export const CASES: readonly Case[] = [
  ...BASE_CASES,
  ...NAME_CASES,
  ...ATTACH_CASES,
  ...OVERRIDE_CASES,
  ...LOCKDOWN_CASES,
  ...CLASSIC_CASES,
  ...SAFETY_CASES,
  ...CLOCK_CASES,
  ...PID_CASES,
  ...PANE_CASES,
  ...CONFORMANCE_CASES,
  ...LIBRARY_CASES,
];
