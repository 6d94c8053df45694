import type { BinaryProfile } from '../messages.ts';
import { endingOf } from './ending.ts';
import type { HitTarget } from './hit.ts';
import { countKey, createTally, type Tally, tellTally } from './tally.ts';

/** What a program did and what was done with it, by count. Lists are made when something comes into them: most never are. */
export type Profile = {
  /** Programs that its processes executed, and whose processes executed it. */
  ran: Tally<string> | undefined;
  ranBy: Tally<string> | undefined;
  /** By uid. */
  users: Tally<number> | undefined;
  /** By wait(2)'s code, without the bit of a core dump. */
  endings: Tally<number> | undefined;
  files: Tally<string> | undefined;
  addresses: Tally<string> | undefined;
  policies: Tally<string> | undefined;
};

export const createProfile = (): Profile => ({
  ran: undefined,
  ranBy: undefined,
  users: undefined,
  endings: undefined,
  files: undefined,
  addresses: undefined,
  policies: undefined,
});

const CORE_DUMP = 0x80;

export function countRan(profile: Profile, binary: string): void {
  profile.ran ??= createTally();
  countKey(profile.ran, binary);
}

export function countRanBy(profile: Profile, binary: string): void {
  profile.ranBy ??= createTally();
  countKey(profile.ranBy, binary);
}

export function countUser(profile: Profile, uid: number): void {
  profile.users ??= createTally();
  countKey(profile.users, uid);
}

/** @param code wait(2)'s */
export function countEnding(profile: Profile, code: number): void {
  profile.endings ??= createTally();
  countKey(profile.endings, code & ~CORE_DUMP);
}

export function countHit(profile: Profile, { policy, subject, target }: HitTarget): void {
  profile.policies ??= createTally();
  countKey(profile.policies, policy);
  if (target === '') return;
  if (subject === 'file') {
    profile.files ??= createTally();
    countKey(profile.files, target);
  } else if (subject === 'network') {
    profile.addresses ??= createTally();
    countKey(profile.addresses, target);
  }
}

const itself = (name: string): string => name;

/** The lists as they are told. Without a profile they are empty. */
export const tellProfile = (
  profile: Profile | undefined,
): Omit<BinaryProfile, 'counters' | 'history'> => ({
  ran: tellTally(profile?.ran, itself),
  ranBy: tellTally(profile?.ranBy, itself),
  users: tellTally(profile?.users, String),
  endings: tellTally(profile?.endings, endingOf),
  files: tellTally(profile?.files, itself),
  addresses: tellTally(profile?.addresses, itself),
  policies: tellTally(profile?.policies, itself),
});
