// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of policies look like those of templates
import { describe, expect, test } from 'vitest';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { changed, errorsOf } from './sample.ts';

/** The sample with these values of its filter, each as it stands in YAML. (In `[…]` an unquoted `${` isn't YAML.) */
const withValues = (values: readonly string[]): string =>
  changed(
    'values: ["/etc/"]',
    ['values:', ...values.map((value) => `        - ${value}`)].join('\n'),
  );

/** What becomes of them. */
function valuesOf(values: string[], variables: Record<string, string | undefined>): unknown {
  const source = withValues(values);
  const { policies, errors } = parsePolicies(source, 'p.yaml', { variables });
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  const filter = policies[0]?.hooks[0]?.selectors[0]?.matchArgs[0];
  return filter?.values.kind === 'texts' ? filter.values.texts : undefined;
}

describe('values', () => {
  test.each<[string, string[], Record<string, string>, string[]]>([
    ['the whole text', ['"${A}"'], { A: '/etc/' }, ['/etc/']],
    ['a part of it', ['/home/${USER}/.ssh'], { USER: 'kim' }, ['/home/kim/.ssh']],
    ['several', ['/${A}/${B}/${A}'], { A: 'a', B: 'b' }, ['/a/b/a']],
    ['a literal ${', ['/$${A}/$A$'], { A: 'a' }, ['/${A}/$A$']],
    ['a value that looks like one is not filled again', ['/${A}'], { A: '${B}' }, ['/${B}']],
    ['several items from one', ['${A}', '/c'], { A: '/a, /b\n/d' }, ['/a', '/b', '/d', '/c']],
    ['one item when it is quoted', ['"${A}"'], { A: '/a, /b' }, ['/a, /b']],
    ['one item when there is more in it', ['/x${A}'], { A: 'a,b' }, ['/xa,b']],
    ['none from an empty one', ['${A}', '/c'], { A: '' }, ['/c']],
    ['a null is a text here', ['/c', '${A}'], { A: '~' }, ['/c', '~']],
  ])('%s', (_, values, variables, expected) => {
    expect(valuesOf(values, variables)).toEqual(expected);
  });

  test('a value brings no fields, comments or documents of its own', () => {
    const hostile = ']\n---\nkind: x # "';
    expect(valuesOf(['"${A}"'], { A: hostile })).toEqual([hostile]);
  });

  test('anywhere in a policy, and checked like what stands there', () => {
    const source = changed('index: 1', 'index: ${INDEX}').replace('sample', '${NAME}');
    const { policies } = parsePolicies(source, 'p.yaml', {
      variables: { INDEX: '1', NAME: 'mine' },
    });
    expect(policies?.[0]).toMatchObject({ name: 'mine', hooks: [{ args: [{}, { index: 1 }] }] });
    expect(errorsOf(source, { variables: { INDEX: '7', NAME: 'Not Mine' } })).toEqual([
      '4:9: metadata.name: may hold lower-case letters, digits, "-" and "." only, with no sign at its ends, and 253 of them at most',
      '12:14: spec.kprobes[0].args[1].index: must be a whole number from 0 to 4, not "7"',
    ]);
  });
});

describe('mistakes', () => {
  const FIELD = 'spec.kprobes[0].selectors[0].matchArgs[0].values[0]';
  test.each<[string, string[], Record<string, string | undefined>, string[]]>([
    [
      'unset ones, all of them',
      ['/${A}/${B}'],
      { B: undefined },
      [
        `19:11: ${FIELD}: \${A} is not set; give it with --set A=VALUE or in the environment`,
        `19:11: ${FIELD}: \${B} is not set; give it with --set B=VALUE or in the environment`,
      ],
    ],
    [
      "a name that objects have by themselves isn't set",
      ['/${constructor}'],
      {},
      [
        `19:11: ${FIELD}: \${constructor} is not set; give it with --set constructor=VALUE or in the environment`,
      ],
    ],
    [
      'no name',
      ['"${A-b}"'],
      { A: 'a' },
      [
        `19:12: ${FIELD}: holds a "\${" that begins no placeholder; allowed: \${NAME} with letters, digits and "_", or $\${ for a literal \${`,
      ],
    ],
    [
      'an empty one where a value is needed',
      ['${A}'],
      { A: ' , ' },
      ['19:9: spec.kprobes[0].selectors[0].matchArgs[0].values: needs at least one value'],
    ],
  ])('%s', (_, values, variables, expected) => {
    expect(errorsOf(withValues(values), { variables })).toEqual(expected);
  });

  test('keys are left alone', () => {
    expect(
      errorsOf(changed('    syscall:', '    ${A}: 1\n    syscall:'), { variables: { A: 'call' } }),
    ).toEqual([expect.stringMatching(/^8:5: spec\.kprobes\[0\]\.\$\{A\}: unknown field/)]);
  });
});
