import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import type { Workload } from '../../policies/model.ts';
import { type BpfMap, isBpfError } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { encodeExpression } from './expression.ts';
import type { SetContent } from './filterSpec.ts';
import type { Installation } from './installation.ts';
import {
  encodeAddressKey,
  encodeExactKey,
  encodeLongKey,
  encodeNumberKey,
  encodePattern,
  encodePrefixKey,
} from './keys.ts';
import type { EngineMaps } from './maps.ts';
import { createNumbers } from './numbers.ts';
import { prefixesOf } from './ranges.ts';
import { PolicyRefusal } from './refusal.ts';
import type { StoredSet } from './structs.ts';

/** The values of filters in maps that all policies share, each set under a number of its own. */
export type ValueSets = {
  /**
   * Stores a set, to be taken out again by `installation`.
   *
   * @throws PolicyRefusal when it doesn't fit; what was stored by then is the installation's to take out.
   */
  store(content: SetContent, installation: Installation): StoredSet;
};

/** Who keeps the cgroups of a workload's containers in the kernel. */
export type WorkloadSets = {
  add(set: number, workload: Workload): void;
  remove(set: number): void;
};

/** Bits of tg_process.followed. */
const FOLLOW_BITS = 64;

const MARK = new Uint8Array(1);

export function createValueSets(maps: EngineMaps, workloads: WorkloadSets): ValueSets {
  let nextSet = 1;
  /**
   * Never given back: processes keep the bit of a set that is gone, and would seem to descend from the programs of the next.
   */
  let nextFollowBit = 0;
  const patterns = createNumbers(
    0,
    LIMIT.TG_MAX_PATTERNS,
    `at most ${LIMIT.TG_MAX_PATTERNS} values of SubString fit, of all policies together`,
  );
  const expressions = createNumbers(
    0,
    LIMIT.TG_MAX_EXPRESSIONS,
    `at most ${LIMIT.TG_MAX_EXPRESSIONS} expressions (CelExpr) fit, of all policies together`,
  );

  const put = (map: BpfMap, key: Uint8Array, what: string, installation: Installation) => {
    try {
      map.set(key, MARK);
    } catch (error) {
      // What a full hash map and a full trie answer.
      if (isBpfError(error) && (error.code === 'BPF_E2BIG' || error.code === 'BPF_ENOSPC'))
        throw new PolicyRefusal(
          `its values don't fit: all policies together hold at most ${map.maxEntries} ${what}`,
        );
      throw error;
    }
    installation.onRelease(() => map.delete(key));
    installation.addMemory(map.keySize + map.valueSize);
  };

  const putTexts = (set: number, texts: readonly Uint8Array[], installation: Installation) => {
    for (const text of texts)
      if (text.length < LIMIT.TG_EXACT_MAX)
        put(maps.exact_values, encodeExactKey(set, text), 'texts and binaries', installation);
      else if (text.length < LIMIT.TG_LONG_MAX)
        put(
          maps.long_values,
          encodeLongKey(set, text),
          `texts of ${LIMIT.TG_EXACT_MAX} bytes and more`,
          installation,
        );
      else throw new PolicyRefusal(tooLong('a text', text, LIMIT.TG_LONG_MAX - 1));
  };

  return {
    store(content, installation) {
      switch (content.kind) {
        case 'patterns': {
          const first = patterns.take(content.texts.length);
          installation.onRelease(() => patterns.give(first, content.texts.length));
          content.texts.forEach((text, index) => {
            if (text.length > LIMIT.TG_PATTERN_MAX)
              throw new PolicyRefusal(tooLong('a value of SubString', text, LIMIT.TG_PATTERN_MAX));
            maps.patterns.set(u32(first + index), encodePattern(text));
            installation.addMemory(maps.patterns.valueSize);
          });
          return { set: first, count: content.texts.length };
        }
        case 'expression': {
          const number = expressions.take(1);
          installation.onRelease(() => expressions.give(number, 1));
          maps.expressions.set(u32(number), encodeExpression(content.operations));
          installation.addMemory(maps.expressions.valueSize);
          return { set: number, count: 1 };
        }
        default:
      }
      const set = nextSet++;
      switch (content.kind) {
        case 'texts':
          putTexts(set, content.texts, installation);
          return { set, count: content.texts.length };
        case 'followed': {
          if (nextFollowBit === FOLLOW_BITS)
            throw new PolicyRefusal(
              `${FOLLOW_BITS} selectors with followChildren have been loaded since Trigon started, and the kernel can tell no more apart; a restart makes room`,
            );
          putTexts(set, content.texts, installation);
          return { set, count: nextFollowBit++ };
        }
        case 'prefixes':
          for (const text of content.texts) {
            if (text.length > LIMIT.TG_PREFIX_MAX)
              throw new PolicyRefusal(tooLong('a prefix', text, LIMIT.TG_PREFIX_MAX));
            put(maps.prefix_values, encodePrefixKey(set, text), 'prefixes', installation);
          }
          return { set, count: content.texts.length };
        case 'ranges':
          for (const prefix of content.ranges.flatMap(prefixesOf))
            put(maps.trie_values, encodeNumberKey(set, prefix), PARTS, installation);
          return { set, count: content.ranges.length };
        case 'addresses':
          for (const { address, prefix } of content.addresses)
            put(maps.trie_values, encodeAddressKey(set, address, prefix), PARTS, installation);
          return { set, count: content.addresses.length };
        case 'workload':
          workloads.add(set, content.workload);
          installation.onRelease(() => workloads.remove(set));
          return { set, count: 1 };
      }
    },
  };
}

const PARTS = 'networks and parts of ranges';

const tooLong = (what: string, text: Uint8Array, most: number): string =>
  `${what} of ${text.length} bytes is too long: at most ${most}`;
