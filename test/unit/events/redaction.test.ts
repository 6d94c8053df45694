import { describe, expect, test } from 'vitest';
import { joinArguments, placesInJoined } from '../../../src/events/arguments.ts';
import { createRedaction, type RedactionFilter } from '../../../src/events/redaction.ts';
import { parseRedactionFilters } from '../../../src/events/tetragonFilter/redactionFilters.ts';
import { readProcess } from '../../../src/events/wire/process.ts';
import { redactRecord } from '../../../src/events/wire/redactRecord.ts';
import { execRecord } from '../wire/records.ts';

const all = (...redact: string[]): RedactionFilter => ({ binaryRegex: [], redact });

const argv = (words: readonly string[], ...filters: RedactionFilter[]): readonly string[] =>
  createRedaction(filters)?.argv('/usr/bin/tool', words) ?? words;

const PASSWORD = '(?:--password|-p)[\\s=]+(\\S+)';

describe('arguments', () => {
  test.each<[string, string[], string[], string]>([
    ['in one word', ['t', '--password=x', 'y'], ['t', '--password=*****', 'y'], PASSWORD],
    [
      'in the next word',
      ['t', '--password', 'x', 'y'],
      ['t', '--password', '*****', 'y'],
      PASSWORD,
    ],
    ['each time', ['t', '-p', 'x', '-p', 'y'], ['t', '-p', '*****', '-p', '*****'], PASSWORD],
    ['at the end', ['t', '-v', '-p', 'x'], ['t', '-v', '-p', '*****'], PASSWORD],
    ['a part of a word', ['t', 'user:pw@host'], ['t', 'user:*****@host'], ':(\\w+)@'],
    ['several groups', ['t', 'a=1', 'b=2'], ['t', 'a=*****', 'b=*****'], 'a=(\\d) b=(\\d)'],
    ['nested groups once', ['t', 'foobarqux'], ['t', '*****qux'], '(foo(bar))qux'],
    ['a group that took no part', ['t', 'b1'], ['t', 'b*****'], 'a(\\d)|b(\\d)'],
    ['an empty text', ['t', '--password='], ['t', '--password=*****'], '--password=(\\S*)'],
    [
      'two words become one',
      ['t', '--auth', 'me', 'pw', 'z'],
      ['t', '--auth', '*****', 'z'],
      '--auth (\\w+ \\w+)',
    ],
    ['from within one into the next', ['t', 'ab', 'cd'], ['t', 'a*****d'], '(b c)'],
    ['all of it', ['t', 'a', 'b', 'c'], ['*****', '*****'], '(.*)'],
    ['the space before it', ['t', '-p', 'x'], ['t', '-p*****'], '-p(\\s\\S+)'],
    [
      'a word with spaces, whole',
      ['t', '-p', 'my secret', 'z'],
      ['t', '-p', '*****', 'z'],
      PASSWORD,
    ],
    ['a word with spaces, by its end', ['t', 'my secret', 'z'], ['t', '*****', 'z'], '(secret")'],
    ['within a word with spaces', ['t', 'a b c'], ['t', 'a ***** c'], 'a (b) c'],
    ['two in one word', ['t', 'x=1,x=2'], ['t', 'x=*****,x=*****'], 'x=(\\d)'],
    ['part of a word, then all of it', ['t', 'k=1 k=2'], ['t', '*****'], 'k=(\\d"?)'],
    ['a word before, then one with spaces', ['t', 'k', 'a b', 'c'], ['t', '*****', 'c'], '(k "a)'],
    [
      'beyond the BMP',
      ['t', '💥é', '-p', '💥x', '🚀'],
      ['t', '💥é', '-p', '*****', '🚀'],
      PASSWORD,
    ],
    ['argv[0] on its own', ['nginx: -p x y', 'z'], ['nginx: -p ***** y', 'z'], PASSWORD],
    ['empty words stay', ['t', '', '-p', 'x', '', ''], ['t', '', '-p', '*****', '', ''], PASSWORD],
    ['empty words at the end', ['t', ''], ['t', '*****'], '^(x*)$'],
    ['anchored to all arguments', ['t', 'a', 'secret'], ['t', 'a', '*****'], '(secret)$'],
  ])('%s', (_what, words, expected, pattern) => {
    expect(argv(words, all(pattern))).toEqual(expected);
  });

  test('what has nothing to hide is the same object', () => {
    const words = ['t', 'a b', ''];
    expect(argv(words, all(PASSWORD))).toBe(words);
    expect(argv([], all('(.*)'))).toEqual([]);
  });

  test('patterns come one after the other', () => {
    const words = '--verbose --password ybx511!a --username foo cheesecake TOPSECRET innocent';
    expect(
      joinArguments(
        argv(['t', ...words.split(' ')], all(PASSWORD, '\\W(TOPSECRET)\\W', '(cheese)cake')),
      ),
    ).toBe('--verbose --password ***** --username foo *****cake ***** innocent');
  });

  test('filters are for the binaries they name', () => {
    const filter = { binaryRegex: ['mysql$', '^/opt/'], redact: [PASSWORD] };
    const redaction = createRedaction([filter]);
    const words = ['t', '-p', 'x'];
    const hidden = ['t', '-p', '*****'];
    expect(redaction?.argv('/usr/bin/mysql', words)).toEqual(hidden);
    expect(redaction?.argv('/opt/x', words)).toEqual(hidden);
    expect(redaction?.argv('/usr/bin/mysqld', words)).toBe(words);
  });

  test('what is shown never has more than Tetragon shows of it', () => {
    // Whatever is hidden in the joined text is nowhere in the list either.
    const words = ['t', 'S1', 'a S2 b', '', 'x"S3" y', '"S4', 'S5"', ' S6 ', 'S7=S8'];
    for (const secret of ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8'])
      for (const pattern of [
        `(${secret})`,
        `(\\S*${secret}\\S*)`,
        `(.?${secret}.?)`,
        `("? ?${secret}.*)`,
      ]) {
        const shown = argv(words, all(pattern));
        expect([pattern, shown.join('|')]).toEqual([pattern, expect.not.stringContaining(secret)]);
      }
  });

  test('without quotes the joined arguments are just what Tetragon makes of them', () => {
    /** Replaces groups in the text itself, by the positions that JavaScript's own expressions tell. */
    const inText = (text: string, pattern: RegExp): string => {
      let made = '';
      let at = 0;
      for (const { indices } of text.matchAll(pattern)) {
        for (const range of indices?.slice(1) ?? []) {
          if (!range || range[0] < at) continue;
          made += `${text.slice(at, range[0])}*****`;
          at = range[1];
        }
      }
      return made + text.slice(at);
    };
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const patterns = [
      '(a)',
      'a(b+)',
      '(b c)',
      '(a.?c)',
      '((a)b)',
      'c( )',
      '( a)',
      'b(.* )',
      '(a)|c(b)',
      '^(.)',
      '(.)$',
    ];
    for (let round = 0; round < 3000; round++) {
      const words = Array.from({ length: 1 + random(6) }, () =>
        Array.from({ length: 1 + random(4) }, () => 'abc'[random(3)]).join(''),
      );
      const pattern = patterns[random(patterns.length)] ?? '';
      const expected = inText(words.join(' '), new RegExp(pattern, 'dg'));
      const shown = joinArguments(argv(['t', ...words], all(pattern)));
      expect([pattern, words, shown]).toEqual([pattern, words, expected]);
    }
  });

  test('a hostile pattern and a hostile text take no more than their length', () => {
    const text = 'a'.repeat(50_000);
    expect(argv(['t', `${text}!`], all('(a+)+$', '((a*)*)*b'))).toEqual(['t', `${text}!`]);
    expect(argv(['t', ...'a'.repeat(4000)], all('(\\w)')).length).toBe(4001);
  });

  test('places in the joined text are where its words are', () => {
    const words = ['t', 'a b', '', 'c', ' ', 'd"e f', 'g', '', ''];
    const joined = joinArguments(words);
    const places = placesInJoined(words);
    expect(places.map(({ start, end }) => joined.slice(start, end))).toEqual(words.slice(1, 7));
    expect(places.map(({ from, to }) => joined.slice(from, to)).join(' ')).toBe(joined);
  });
});

describe('environment', () => {
  const redaction = createRedaction([all('(?:PASSWORD|TOKEN)[\\s=]+(\\S+)', '^(HIDDEN=)')]);
  const variables = (...pairs: [string, string][]) => pairs.map(([key, value]) => ({ key, value }));

  test('each variable on its own', () => {
    expect(
      redaction?.environment(
        '/b',
        variables(
          ['A', '1'],
          ['SSH_PASSWORD', 'very'],
          ['TOKEN', 'a b'],
          ['HIDDEN', 'x'],
          ['Z', ''],
        ),
      ),
    ).toEqual(
      variables(
        ['A', '1'],
        ['SSH_PASSWORD', '*****'],
        ['TOKEN', '***** b'],
        ['*****x', ''],
        ['Z', ''],
      ),
    );
  });

  test('what has nothing to hide is the same object', () => {
    const plain = variables(['A', '1'], ['B', 'PASSWORD']);
    expect(redaction?.environment('/b', plain)).toBe(plain);
  });
});

describe('exec records', () => {
  const who = {
    tgid: 1,
    tid: 1,
    ktime: 1n,
    parentTgid: 0,
    parentKtime: 0n,
    cloned: false,
    inInitTree: false,
    bootToWall: 0n,
    node: 'n',
  };
  const redaction = createRedaction([
    { binaryRegex: ['^/home/bin/curl$'], redact: ['token[= ](\\S+)'] },
  ]);
  const redacted = (record: Uint8Array) =>
    redaction ? redactRecord(record, redaction) : expect.fail('no redaction');

  test('nothing of it is left, and all else is as it was', () => {
    const record = execRecord(
      {
        filename: 'bin/curl',
        exe: '/usr/bin/curl',
        cwd: '/home',
        args: 'curl\0--token\0s3cret\0http://x/token=s3cret\0\0',
        cgroup: 'ssh.service',
        environment: 'token=s3cret\0HOME=/root\0ODD\0',
      },
      { euid: 7, flags: 1024 },
    );
    const without = redacted(record);
    expect(Buffer.from(without).toString('latin1')).not.toContain('s3cret');
    expect(readProcess(without, who)).toEqual({
      ...readProcess(record, who),
      arguments: '--token ***** http://x/token=*****',
      environmentVariables: [
        { key: 'token', value: '*****' },
        { key: 'HOME', value: '/root' },
        { key: 'ODD', value: '' },
      ],
      trigon: {
        argv: ['curl', '--token', '*****', 'http://x/token=*****', ''],
        unit: 'ssh.service',
      },
    });
    expect(new DataView(without.buffer).getUint32(4, true)).toBe(without.length);
  });

  test('a record with nothing to hide is the same one', () => {
    for (const record of [
      execRecord({ filename: '/home/bin/curl', args: 'curl\0x\0' }),
      execRecord({ filename: '/usr/bin/curl', args: 'curl\0token=x\0' }),
      new Uint8Array(),
    ])
      expect(redacted(record)).toBe(record);
  });

  test('arguments that were cut, and bytes that are no text', () => {
    const record = execRecord({
      filename: '/home/bin/curl',
      args: Buffer.from('curl\0\xff\xfe\0token=s3cr', 'latin1'),
    });
    expect(readProcess(redacted(record), who).trigon?.argv).toEqual(['curl', '��', 'token=*****']);
  });

  test('a text that grows beyond what a record holds is cut, and says so', () => {
    // However slow the machine is.
    const eager = createRedaction([all('(a)', '(\\*)')], undefined, () => 0);
    const record = execRecord({ filename: '/x', args: `x\0${'a'.repeat(8000)}\0` });
    const without = eager ? redactRecord(record, eager) : record;
    const process = readProcess(without, who);
    expect(process.flags).toContain('truncArgs');
    expect(process.arguments).toMatch(/^\*{60000,65535}$/);
  });
});

describe('--redaction-filters', () => {
  const parse = (text: string) => parseRedactionFilters(text, '--redaction-filters');

  test('objects one a line, in camel case too', () => {
    expect(
      parse(
        '{"binary_regex":["mysql$"],"redact":["--password[= ](\\\\S+)"]}\n{"binaryRegex":[],"redact":["(x)"]}',
      ),
    ).toEqual([
      { binaryRegex: ['mysql$'], redact: ['--password[= ](\\S+)'] },
      { binaryRegex: [], redact: ['(x)'] },
    ]);
    expect(parse('')).toEqual([]);
  });

  test.each<[string, RegExp]>([
    ['{"redact":["password"]}', /line 1: redact: "password" hides nothing: .*\( \)/],
    ['{"redact":["(?:a)"]}', /hides nothing/],
    ['\n{"binary_regex":["x"]}', /line 2: redact: is missing/],
    ['{"redact":["(a"]}', /"\(a" is no regular expression of RE2: missing closing \)/],
    ['{"redact":["(a)"],"binary_regex":"x"}', /binary_regex: expected a list/],
    ['{"redakt":["(a)"]}', /redaction filter has no field "redakt"; did you mean redact\?/],
    ['{"redact":["(a)"],"match":[{}]}', /match: .*binary_regex/],
    ['{"redact":["\\S(a)"]}', /no JSON: .*backslash is written/],
    ['[1]', /expected \{/],
  ])('%s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('more to hide than there is time for', () => {
  const words = ['t', ...Array.from({ length: 2048 }, () => ['-p', 'x']).flat()];

  test('8 KB of finds: all of it is hidden, the rest of the process is not, and it is told once', () => {
    let told = 0;
    let time = 0;
    const redaction = createRedaction(
      [all(PASSWORD)],
      () => {
        told += 1;
      },
      () => {
        time += 0.1;
        return time;
      },
    );
    const looks: number[] = [];
    for (let round = 0; round < 2; round++) {
      const before = time;
      redaction?.begin();
      expect(redaction?.argv('/bin/t', words)).toEqual(['t', '*****']);
      looks.push(time - before);
    }
    expect(Math.max(...looks)).toBeLessThan(30);
    redaction?.begin();
    expect(redaction?.argv('/bin/t', ['t', '-p', 'x', 'y'])).toEqual(['t', '-p', '*****', 'y']);
    const variable = { key: 'A', value: words.join(' ') };
    expect(redaction?.environment('/bin/t', [variable])).toEqual([{ key: '*****', value: '' }]);
    expect(told).toBe(1);
  });

  test('patterns that take long: what they were not looked for in is hidden', () => {
    let time = 0;
    // A clock by which each find takes its time.
    const redaction = createRedaction(
      [all(PASSWORD)],
      () => {},
      () => {
        time += 30;
        return time;
      },
    );
    const long = 'a'.repeat(200 << 10);
    redaction?.begin();
    expect(redaction?.argv('/bin/t', ['t', long])).toEqual(['t', long]);
    expect(redaction?.argv('/bin/t', ['t', long])).toEqual(['t', '*****']);
    expect(redaction?.environment('/bin/t', [{ key: 'B', value: 'c' }])).toEqual([
      { key: '*****', value: '' },
    ]);
    redaction?.begin();
    expect(redaction?.argv('/bin/t', ['t', long])).toEqual(['t', long]);
  });

  test('a thread that had to wait: a short text is looked through all the same', () => {
    let time = 0;
    const redaction = createRedaction(
      [all(PASSWORD)],
      () => {},
      () => {
        time += 1000;
        return time;
      },
    );
    redaction?.begin();
    const variables = Array.from({ length: 100 }, () => ({ key: 'A', value: 'b' }));
    expect(redaction?.environment('/bin/t', variables)).toEqual(variables);
    expect(redaction?.argv('/bin/t', ['t', '-p', 'x'])).toEqual(['t', '-p', '*****']);
  });
});
