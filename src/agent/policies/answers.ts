import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import { isBpfError } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import type { Installation } from './installation.ts';
import type { EngineMaps } from './maps.ts';
import { createNumbers } from './numbers.ts';
import { PolicyRefusal } from './refusal.ts';
import { encodeAnswerKey, encodeAnswers } from './structs.ts';

/** A system call (undefined: any) and the LSM hooks that may refuse it when its thread is marked: bpf/marks.h. */
export type Answered = { syscall: number | undefined; hooks: readonly string[] };

export type Answers = {
  /** The number that stands for an LSM hook in marks. */
  numberOf(hook: string): number;
  /**
   * Stores a set, to be taken out again by `installation`; marks mean something while a policy with one is on.
   *
   * @returns its number; 0: an empty set
   * @throws PolicyRefusal when it doesn't fit
   */
  store(calls: readonly Answered[], installation: Installation): number;
};

/** Generations of marks, from 1: 0 says that nothing is marked. */
const LAST_GENERATION = 0xffff_ffff;

/** @param canMark whether the ends of marked calls are seen: without that a mark would outlive its call */
export function createAnswers(maps: EngineMaps, canMark: () => boolean): Answers {
  const hooks = new Map<string, number>();
  const sets = createNumbers(
    1,
    LIMIT.TG_MAX_POLICIES * 2,
    'too many sets of system calls that are to be refused, of all policies together',
  );
  let users = 0;
  let generation = 0;

  const numberOf = (hook: string): number => {
    const number = hooks.get(hook) ?? hooks.size;
    if (number >= LIMIT.TG_ANSWER_HOOKS)
      throw new PolicyRefusal(
        `at most ${LIMIT.TG_ANSWER_HOOKS} LSM hooks can refuse system calls, for all policies together`,
      );
    hooks.set(hook, number);
    return number;
  };

  const put = (key: Uint8Array, value: Uint8Array) => {
    try {
      maps.answers.set(key, value);
    } catch (error) {
      if (isBpfError(error) && error.code === 'BPF_E2BIG')
        throw new PolicyRefusal(
          `at most ${LIMIT.TG_MAX_ANSWERS} system calls can be refused by LSM hooks, by all policies together: remove another policy`,
        );
      throw error;
    }
  };

  const use = (change: 1 | -1) => {
    const before = users;
    users += change;
    if (before > 0 && users > 0) return;
    if (users > 0) generation = (generation % LAST_GENERATION) + 1;
    maps.marking.set(u32(0), u32(users > 0 && canMark() ? generation : 0));
  };

  return {
    numberOf,
    store(calls, installation) {
      if (calls.length === 0) return 0;
      const set = sets.take(1);
      installation.onRelease(() => sets.give(set, 1));
      for (const [syscall, numbers] of byCall(calls, numberOf)) {
        const key = encodeAnswerKey(set, syscall);
        put(key, encodeAnswers(numbers));
        installation.onRelease(() => maps.answers.delete(key));
      }
      let isOn = false;
      installation.onSwitch((on) => {
        if (on === isOn) return;
        isOn = on;
        use(on ? 1 : -1);
      });
      return set;
    },
  };
}

/** Several hooks of a policy may name the same call. */
function byCall(
  calls: readonly Answered[],
  numberOf: (hook: string) => number,
): Map<number | undefined, Set<number>> {
  const found = new Map<number | undefined, Set<number>>();
  for (const { syscall, hooks } of calls) {
    const numbers = found.get(syscall) ?? new Set();
    for (const hook of hooks) numbers.add(numberOf(hook));
    found.set(syscall, numbers);
  }
  return found;
}
