import type { Counter } from './counter.ts';
import { createProfile, type Profile } from './profile.ts';
import { createRecency } from './recency.ts';

/**
 * Programs whose lists are kept: those that something happened to last. Each has some 200 entries at most, of 500 characters at
 * most, so that nobody can fill more than some 50 MB; nearly all have a few.
 */
export const MAX_PROFILES = 1000;

/** The lists of programs, in bounded memory. */
export type Profiles = {
  /** To be counted in; a new one is the one seen last. */
  of(counter: Counter): Profile;
  /** Something happens to it. */
  touch(counter: Counter): void;
  forget(counter: Counter): void;
};

export function createProfiles(): Profiles {
  const order = createRecency<Counter>();
  let size = 0;

  const forget = (counter: Counter) => {
    if (!counter.profile) return;
    counter.profile = undefined;
    order.remove(counter);
    size -= 1;
  };

  return {
    of(counter) {
      if (counter.profile) return counter.profile;
      order.touch(counter);
      const profile = createProfile();
      counter.profile = profile;
      size += 1;
      if (size > MAX_PROFILES && order.oldest) forget(order.oldest);
      return profile;
    },
    touch(counter) {
      if (counter.profile) order.touch(counter);
    },
    forget,
  };
}
