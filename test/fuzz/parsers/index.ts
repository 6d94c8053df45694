import type { Area } from './area.ts';
import { EVENT_AREAS } from './events.ts';
import { FILE_AREAS } from './files.ts';
import { POLICY_AREAS } from './policies.ts';

/** Everything that is fuzzed without a screen. */
export const AREAS: readonly Area[] = [...POLICY_AREAS, ...EVENT_AREAS, ...FILE_AREAS];
