// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of policies look like those of templates
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { fillPolicies } from '../../../src/policies/fill.ts';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { readYaml } from '../../../src/policies/yaml.ts';
import { corpusPath, hasCorpus } from '../../driver/corpus.ts';

type Values = Record<string, string | undefined>;

function filled(source: string, variables: Values = {}): string {
  const { text, errors } = fillPolicies(source, 'p.yaml', { variables });
  if (errors) throw new Error(errors.map(formatPolicyError).join('\n'));
  return text;
}

const problems = (source: string, variables: Values = {}): string[] =>
  (fillPolicies(source, 'p.yaml', { variables }).errors ?? []).map(formatPolicyError);

/** What a file means, without what filling changes: places, and the declaration of parameters. */
function meaning(source: string, variables: Values = {}): unknown {
  const { policies, errors } = parsePolicies(source, 'p.yaml', { variables });
  if (errors) throw new Error(errors.map(formatPolicyError).join('\n'));
  return JSON.parse(
    JSON.stringify(
      policies.map((policy) => ({ ...policy, parameters: [] })),
      (key, value: unknown) => {
        if (key === 'position') return undefined;
        if (typeof value === 'bigint') return `${value}n`;
        if (value instanceof Set || value instanceof Map) return [...value];
        return value;
      },
    ),
  );
}

const policy = (annotations: string, values: string): string => `# A policy.
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: sample
${annotations}spec:
  kprobes:
    - call: security_file_open # the hook
      syscall: false
      args: [{ index: 0, type: file }]
      selectors:
        - matchArgs:
            - index: 0
              operator: Equal
              values:
${values}`;

const ROOT = join(import.meta.dirname, '../../..');
/** It compares a list of system calls with a plain number, which Tetragon refuses too. */
const WRONG = 'list-syscalls-tracepoint.yaml';
/** Of the corpus. */
const VARIABLES = { PODCIDR: '10.44.0.0/14, fd00::/8', SERVICECIDR: '10.48.0.0/20' };

const folders = [
  join(ROOT, 'src/policies/library'),
  join(ROOT, 'test/golden/policies'),
  ...(hasCorpus ? [corpusPath('tetragon-examples')] : []),
];
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name) && !name.endsWith(WRONG))
    .map((name): [string, string] => [name, join(folder, name)]),
);

test.each(files)('%s means the same filled, and keeps its comments', (_, file) => {
  const source = readFileSync(file, 'utf8');
  const text = filled(source, VARIABLES);
  expect(meaning(text)).toEqual(meaning(source, VARIABLES));
  expect(text).not.toContain('${');
  expect(text).not.toContain('trigon/parameters');
  const comments = (yaml: string) => yaml.match(/^ *#.*$/gm) ?? [];
  const declared = (line: string) => /^ *#.*trigon\/parameters/.test(line);
  expect(comments(text)).toEqual(comments(source).filter((line) => !declared(line)));
  expect(filled(text)).toBe(text);
});

describe('in the text', () => {
  test('items of a list, with the comment at the first', () => {
    const source = policy('', '                - ${PATHS} # where\n                - /c # more');
    expect(filled(source, { PATHS: '/a, /b d' })).toBe(
      policy(
        '',
        '                - /a # where\n                - /b\n                - d\n                - /c # more\n',
      ),
    );
  });

  test('parameters are dropped, and annotations that held nothing else', () => {
    const declaration = '    trigon/parameters: |\n      A=/etc # where\n\n';
    const values = '                - ${A}/x\n';
    const title = '    trigon/title: "It is ${A}"\n';
    expect(filled(policy(`  annotations:\n${declaration}`, values))).toBe(
      policy('', '                - /etc/x\n'),
    );
    for (const [before, after] of [
      [declaration, title],
      [title, declaration],
    ])
      expect(filled(policy(`  annotations:\n${before}${after}`, values), { A: '/usr' })).toBe(
        policy('  annotations:\n    trigon/title: "It is /usr"\n', '                - /usr/x\n'),
      );
  });

  test.each([
    ['yes', '"yes"'],
    ['NULL', '"NULL"'],
    ['443', '"443"'],
    ['0x10', '"0x10"'],
    ['.5', '".5"'],
    ['::1', '"::1"'],
    ['a:', '"a:"'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['/a "b', '"/a \\"b"'],
    ['#x', '"#x"'],
    ['a\u0085\u2028b\u001b', '"a\\u0085\\u2028b\\u001b"'],
  ])('a text stays one: %j', (value, expected) => {
    const text = filled(policy('', '                - ${A}${B}\n'), {
      A: value,
      B: '',
    });
    expect(text).toContain(`- ${expected}\n`);
  });

  test('what Tetragon wants to be a number is one, quoted or not', () => {
    const source = policy('', '                - /a\n')
      .replaceAll('index: 0', 'index: "${INDEX}"')
      .replace(
        '- matchArgs:',
        '- matchPIDs:\n            - operator: In\n              values:\n                - ${PIDS}\n          matchArgs:',
      );
    const text = filled(source, { INDEX: '0', PIDS: '1 2' });
    expect(text).toContain('args: [{ index: 0, type: file }]');
    expect(text).toContain('                - 1\n                - 2\n');
  });
});

describe('written anew, where the text can not be changed in place', () => {
  test('an alias of a list item that becomes two', () => {
    const source = policy('', '                - &a ${A}\n                - *a\n');
    const text = filled(source, { A: '/a /b' });
    expect(meaning(text)).toEqual(meaning(source, { A: '/a /b' }));
    expect(text).not.toContain('#');
    expect(text).toContain('name: sample\n');
  });

  test('numbers, truth values and texts are what they were', () => {
    const source = policy(
      '',
      '                - &a ${A}\n                - *a\n                - "7"\n',
    )
      .replace('name: sample', 'name: sample\n  labels: { a: "true", b: "0x1" }')
      .replaceAll('index: 0', 'index: 0x0');
    expect(load(filled(source, { A: '1 2' }))).toMatchObject({
      metadata: { labels: { a: 'true', b: '0x1' } },
      spec: {
        kprobes: [
          {
            syscall: false,
            args: [{ index: 0 }],
            selectors: [{ matchArgs: [{ values: ['1', '2', '1', '2', '7'] }] }],
          },
        ],
      },
    });
  });
});

test('several documents, each with its own parameters', () => {
  const one = (name: string, path: string) =>
    policy(
      `  annotations: { trigon/parameters: "A=${path}", x: y }\n`,
      '                - ${A}\n',
    ).replace('sample', name);
  const source = `${one('first', '/a')}---\n${one('second', '/b')}`;
  const text = filled(source);
  expect(meaning(text)).toEqual(meaning(source));
  expect(readYaml(text)).toHaveLength(2);
});

describe('refused', () => {
  test('an unset placeholder, with its place', () => {
    expect(
      problems(policy('', '                - ${A}\n                - ${B}\n'), { B: '/b' }),
    ).toEqual([
      'p.yaml:16:19: spec.kprobes[0].selectors[0].matchArgs[0].values[0]: ${A} is not set; give it with --set A=VALUE or in the environment',
    ]);
  });

  test('a policy with another mistake', () => {
    expect(problems(policy('', '                - 7\n').replace('Equal', 'Equals'))[0]).toContain(
      'operator',
    );
  });

  test('a literal "${", from the file or from a value', () => {
    const expected = [expect.stringContaining('values[0]: would hold a "${" of its own')];
    expect(problems(policy('', '                - /$${x}\n'))).toEqual(expected);
    expect(problems(policy('', '                - ${A}\n'), { A: '/${B}' })).toEqual(expected);
  });
});

test('nothing in comments can act on the terminal', () => {
  const source = policy('', '                - /a # \u001b[2J\r\n');
  expect(filled(source)).not.toMatch(/[\u001b\r]/);
});
