import { describe, expect, test } from 'vitest';
import { NOTHING_LOST } from '../../../src/agent/lost.ts';
import type { HookDescription, HookPointStatus } from '../../../src/agent/messages.ts';
import { NO_COUNTS } from '../../../src/agent/selectorCounts.ts';
import { encodeScript, problemText, readProblems } from '../../../src/agent/trials/script.ts';
import { judge, type ObservedRun, obtainedText } from '../../../src/agent/trials/verdict.ts';

const QUIET: ObservedRun = {
  ...{ deeds: ['write /x'], events: 0, line: undefined, problem: undefined },
  ...{ counts: NO_COUNTS, runs: 0, argumentFaults: 0, lost: NOTHING_LOST },
};
const SEEN: ObservedRun = { ...QUIET, events: 2, line: 'write /x' };

const point = (given: Partial<HookPointStatus> = {}): HookPointStatus => ({
  ...{ functionName: 'f', state: 'attached', numbers: [1], names: undefined },
  ...{ reason: undefined, remedy: undefined },
  ...given,
});
const MISSING = point({ state: 'missing', reason: 'no such function', remedy: 'a newer kernel' });

const hook = (points: HookPointStatus[], obtained = 'exact'): HookDescription => ({
  ...{
    kind: 'kprobe',
    call: 'f',
    obtained,
    way: '',
    differs: [],
    sigkill: '',
    points,
    selectors: [],
  },
});
const one = { hooks: [hook([point()])] };

describe('the verdict', () => {
  test('seen, with what is worth knowing beside it', () => {
    expect(judge(SEEN, undefined, one)).toEqual({ verdict: 'seen', why: 'write /x' });
    const near = { ...QUIET, problem: 'read /y: no' };
    expect(judge({ ...SEEN, problem: 'z: no' }, near, one).why).toBe(
      'write /x; a deed failed: z: no; of the near miss: read /y: no',
    );
  });

  test('a near miss that is seen weighs more than a trigger that is', () => {
    expect(judge(SEEN, { ...SEEN, line: 'write /y' }, one)).toEqual({
      verdict: 'false alarm',
      why: 'the near miss was seen: write /y',
    });
  });

  test('a deed that failed is the reason why nothing was seen', () => {
    expect(judge({ ...QUIET, problem: 'write /x: no' }, undefined, one)).toEqual({
      verdict: 'not run',
      why: 'the trigger failed: write /x: no',
    });
  });

  test.each<[Partial<ObservedRun>, string]>([
    [{}, 'none of its hooks ran'],
    [{ runs: 1 }, 'its hooks ran (1 call), but no selector matched'],
    [{ runs: 2, argumentFaults: 1 }, 'arguments could not be read (1 call)'],
    [{ runs: 2, counts: { ...NO_COUNTS, matched: 2, posted: 2 } }, 'calls of other processes (2)'],
    [{ runs: 2, counts: { ...NO_COUNTS, matched: 2 } }, 'matched (2 calls), but tell of nothing'],
    [
      { runs: 2, counts: { ...NO_COUNTS, matched: 2, rateLimited: 2 } },
      'a rate limit held it back',
    ],
    [
      { runs: 2, lost: { ...NOTHING_LOST, policyRing: 3 } },
      '3 lost (3 kernel ring, policy events); try again',
    ],
  ])('not seen: %j', (change, why) => {
    const result = judge({ ...QUIET, ...change }, undefined, one);
    expect(result.verdict).toBe('not seen');
    expect(result.why).toContain(why);
  });

  test('not seen: hooks that are missing may be the reason', () => {
    const { why } = judge(QUIET, undefined, { hooks: [hook([point(), MISSING])] });
    expect(why).toContain('f: no such function; to get it: a newer kernel');
  });
});

test('how hooks are had, in words', () => {
  const other = hook([point()], 'equivalent: another call');
  expect(obtainedText(one)).toBe('exact');
  expect(obtainedText({ hooks: [...one.hooks, other, other] })).toBe('equivalent: another call');
  const missing = 'f: no such function; to get it: a newer kernel';
  expect(obtainedText({ hooks: [other, hook([MISSING])] })).toBe(
    `in part: another call; ${missing}`,
  );
  expect(obtainedText({ hooks: [hook([MISSING])] })).toBe(`not here: ${missing}`);
});

test('a script: words that hold what parts them', () => {
  expect(encodeScript([['write', '/a b', 'x\ty\\n\n'], ['child']])).toBe(
    'write\t/a b\tx\\ty\\\\n\\n\nchild\n',
  );
});

test('what the program reports', () => {
  const problems = readProblems(
    'pid\t7\t\nfailed\t1\t/a\\tb: no\ntimeout\t10\t\nended\t9\tKilled\n',
  );
  expect(problems).toEqual([
    { deed: 1, text: '/a\tb: no' },
    { deed: undefined, text: 'was not over after 10 s' },
    { deed: undefined, text: 'ended by signal 9 (Killed)' },
  ]);
  expect(problemText([['child'], ['read', '/a b']], problems.slice(0, 1))).toBe(
    'read "/a b": /a\tb: no',
  );
  expect(problemText([], [])).toBeUndefined();
});
