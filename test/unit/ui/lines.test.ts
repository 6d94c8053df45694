import { describe, expect, test } from 'vitest';
import { failedFiles } from '../../../src/ui/store/policyProblems.ts';
import { escapeNonAscii, toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { wrapWords } from '../../../src/ui/text/wrap.ts';
import { countsText, networkText, runsText } from '../../../src/ui/views/policyCounts.ts';
import { failedFileLines, policyDetailLines } from '../../../src/ui/views/policyDetail.ts';
import { placesText, watches } from '../../../src/ui/views/policyPlaces.ts';
import { modeText } from '../../../src/ui/views/policyState.ts';
import { policyList } from './policyList.ts';
import { DARK, hook, NO_COUNTS, plain, policy } from './samples.ts';

const NOW = 1_700_000_000_000;

describe('policies', () => {
  const many = [
    policy({ mode: 'off', title: 'Writes to files below /etc' }),
    policy({ name: 'a-policy-with-a-name-longer-than-its-column', mode: 'monitor' }),
    policy({
      mode: 'enforce',
      armedUntil: NOW + 59_000,
      counts: { ...NO_COUNTS, matched: 123_456_789_012 },
    }),
    policy({
      file: '/tmp/\x1b]0;x\x07.yaml',
      hooks: [hook(['主机'.repeat(80), `path is /${'x'.repeat(4000)}`])],
    }),
  ];

  const broken = failedFiles(['/tmp/\x1b[2J.yaml:1:2: spec: '.padEnd(500, 'x')], many);

  test('no line is wider than the terminal, or holds a control character', () => {
    for (let width = 60; width <= 200; width++) {
      const lines = [
        ...policyList(many, broken, { cursor: 1, width }),
        ...policyList([], broken, { cursor: 0, width }),
        ...many.flatMap((one) => policyDetailLines(one, NOW, DARK, width)),
        ...broken.flatMap((file) => failedFileLines(file, DARK, width)),
      ].map(plain);
      for (const line of lines) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }
  });

  test('the selected line goes over the whole width', () => {
    const lines = policyList(many, [], { cursor: 2, width: 100 });
    expect(displayWidth(plain(lines[3] ?? ''))).toBe(100);
  });

  test('a long path is broken, not cut: what will be killed can be read', () => {
    const text = policyDetailLines(many[3] ?? policy(), NOW, DARK, 80)
      .map((line) => plain(line).trim())
      .join('');
    expect(text).toContain('x'.repeat(4000));
  });

  test('on a narrow terminal there is no column of cut words', () => {
    expect(plain(policyList(many, [], { width: 80 })[0] ?? '')).not.toContain('Watches');
    expect(plain(policyList(many, [], { width: 120 })[0] ?? '')).toContain('Watches');
  });

  test('modes in words', () => {
    expect(modeText(policy({ mode: 'off' }), NOW)).toBe('off');
    expect(modeText(policy(), NOW)).toBe('monitor');
    expect(modeText(policy({ fuseBlown: true }), NOW)).toBe('fuse blown');
    expect(modeText(policy({ mode: 'enforce' }), NOW)).toBe('ARMED');
    expect(modeText(policy({ mode: 'enforce', armedUntil: NOW + 61_000 }), NOW)).toBe(
      'ARMED 01:01',
    );
  });

  test('what it watches: its title, else its sentence, else its selectors', () => {
    expect(watches(policy({ title: 'Writes', sentence: 'Tells of writes' }))).toBe('Writes');
    expect(watches(policy({ sentence: 'Tells of writes' }))).toBe('Tells of writes');
    expect(watches(policy({ hooks: [hook(['a', 'b']), hook(['c'])] }))).toBe(
      'security_file_permission: a; security_file_permission: b; security_file_permission: c',
    );
  });

  test('counters: rare ones only where they happened', () => {
    expect(countsText({ ...NO_COUNTS, matched: 3, wouldAct: 2 })).toBe(
      'seen 3, posted 0, would act 2, killed 0',
    );
    expect(countsText({ ...NO_COUNTS, sparedProtected: 1, failed: 2 })).toBe(
      'seen 0, posted 0, would act 0, killed 0, spared as protected 1, failed 2',
    );
  });
});

describe('a policy that is not all at work', () => {
  const missing = {
    state: 'missing',
    reason: 'this kernel has no \x1b[2Jsuch function',
    remedy: 'a newer kernel',
    names: undefined,
  } as const;
  const attached = { ...missing, state: 'attached', reason: undefined, remedy: undefined } as const;
  const partly = policy({
    condition: 'partially_enabled',
    warnings: ['spec.kprobes[0]: creat is not watched'],
    hooks: [
      {
        ...hook(['every call']),
        call: 'list:files',
        points: [
          { ...attached, functionName: '__x64_sys_open', numbers: [] },
          { ...missing, functionName: 'do_one', numbers: [] },
          { ...missing, functionName: 'do_other', numbers: [] },
          { ...attached, functionName: '__x64_sys_creat', numbers: [] },
        ],
      },
    ],
  });

  test('the list says of how many places', () => {
    expect(placesText(partly)).toBe('2/4');
    expect(placesText(policy())).toBe('1/1');
    expect(placesText(policy({ hooks: [] }))).toBe('0/0');
    expect(plain(policyList([partly], [], { width: 120 })[1] ?? '')).toMatch(
      /monitor.* partly +2\/4 /,
    );
  });

  test('the details say which, why, what helps, and what to know', () => {
    const text = policyDetailLines(partly, NOW, DARK, 200)
      .map(plain)
      .map((line) => line.trim());
    expect(text).toContain('watched: __x64_sys_open, __x64_sys_creat');
    expect(text).toContain(
      'not watched: do_one, do_other: this kernel has no \\x1b[2Jsuch function; a newer kernel',
    );
    expect(text).toContain('warning: spec.kprobes[0]: creat is not watched');
    expect(text.join()).toContain('partly at work');
  });

  test('one that could not be loaded is told from one in monitor mode', () => {
    expect(modeText(policy({ condition: 'load_error' }), NOW)).toBe('not loaded');
  });
});

describe('files that could not be loaded', () => {
  const problems = [
    '/p/a.yaml:3:5: spec.kprobes[0].call: is missing',
    '/p/b.yaml:1:1: spec: place: x is not watched',
    '/p/a.yaml:9:1: spec: unknown field',
    'no policies in /p',
  ];

  test('each once, with all that is wrong; not those whose policies run', () => {
    expect(failedFiles(problems, [policy({ file: '/p/b.yaml' })])).toEqual([
      {
        file: '/p/a.yaml',
        problems: ['3:5: spec.kprobes[0].call: is missing', '9:1: spec: unknown field'],
      },
      { file: 'no policies in /p', problems: [] },
    ]);
  });

  test('they are rows of the list', () => {
    const files = failedFiles(problems, []);
    const lines = policyList([policy()], files, { width: 120 }).map(plain);
    expect(lines[2]).toMatch(/^ error +\/p\/a\.yaml +3:5: spec\.kprobes\[0\]\.call: is missing/);
    expect(
      failedFileLines(files[0] ?? { file: '', problems: [] }, DARK, 80)
        .map(plain)
        .join(),
    ).toContain('9:1: spec: unknown field');
  });
});

describe('costs', () => {
  test('of runs, an estimate', () => {
    const none = { runs: 0, runTimeNs: 0, argumentFaults: 0, pendingLost: 0 };
    expect(runsText(none)).toBe('');
    expect(runsText({ ...none, runs: 3 })).toBe('run 3 times');
    expect(runsText({ runs: 2048, runTimeNs: 206_848, argumentFaults: 2, pendingLost: 1 })).toBe(
      'run 2048 times, about 101 ns each, undecided, for memory that was not there 2, returns missed 1',
    );
  });

  test('of the network', () => {
    expect(networkText({ done: 0, failed: 0, dropped: 0, refused: 0 })).toBe('');
    expect(networkText({ done: 2, failed: 1, dropped: 0, refused: 0 })).toBe(
      'requests sent 2, requests failed 1',
    );
  });

  test('all of it fits columns that are narrow', () => {
    const busy = policy({
      memoryBytes: 12_345_678,
      runs: { runs: 10_000, runTimeNs: 12_000_000, argumentFaults: 0, pendingLost: 0 },
      counts: { ...NO_COUNTS, matched: 1_234_567, posted: 1_000_000, rateLimited: 234_567 },
    });
    const row = plain(policyList([busy], [], { width: 200 })[1] ?? '');
    expect(row).toMatch(/ 1\.2M +0 +0 +0 +0 +0 +12 MB +0 /);
  });
});

describe('wrapWords', () => {
  test('breaks at spaces, and inside what is longer than a line', () => {
    expect(wrapWords('', 10)).toEqual([]);
    expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapWords('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrapWords('to abcdefghij ok', 6)).toEqual(['to', 'abcdef', 'ghij', 'ok']);
    expect(wrapWords('主机主机', 5)).toEqual(['主机', '主机']);
  });

  test('nothing is lost, and every line fits', () => {
    const text = 'the quick 主机 brown fox/with/a/path/that/is/long jumps';
    for (let width = 2; width < 60; width++) {
      const lines = wrapWords(text, width);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });
});

describe('ASCII', () => {
  test('our symbols become lookalikes of the same width', () => {
    expect(toAscii('─━│┌┼┘ ● ⬢ … · × ’ ‹p› ▏ ↑↓←→')).toBe("-=|+++ * # ~ - x ' <p> | ^v<>");
    expect(toAscii('plain \x1b[1mbold\x1b[0m\n')).toBe('plain \x1b[1mbold\x1b[0m\n');
  });

  test('anything else becomes question marks, as many as it has columns', () => {
    for (const text of ['naïve', '主机', '🚀', '👨‍👩‍👧', 'e\u0301', '\uFFFD']) {
      expect(toAscii(text)).toMatch(/^[ -~]*$/);
      expect(toAscii(text)).toHaveLength(displayWidth(text));
    }
  });

  test("other programs' text still says what was there", () => {
    expect(escapeNonAscii('naïve ś 🚀 \uFFFD')).toBe('na\\u00efve \\u015b \\U0001f680 \\ufffd');
    expect(escapeNonAscii('plain')).toBe('plain');
  });
});
