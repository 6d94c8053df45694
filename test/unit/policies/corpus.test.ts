// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of policies look like those of templates
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { corpusPath, corpusPolicies, describeCorpus } from '../../driver/corpus.ts';

const variables = { PODCIDR: '10.0.0.0/8, fd00::/8', SERVICECIDR: '10.96.0.0/12' };

/** Files that Tetragon refuses too. */
const BROKEN: Readonly<Record<string, string[]>> = {
  'tracingpolicy/list-syscalls-tracepoint.yaml': [
    'tracingpolicy/list-syscalls-tracepoint.yaml:23:12: spec.tracepoints[0].selectors[0].matchArgs[0].values[0]: a list of syscalls can only be compared with an argument of type syscall64, not uint64',
  ],
};

describeCorpus("Tetragon's examples", () => {
  const files = corpusPolicies('tetragon-examples');

  test('are all there', () => {
    expect(files.length).toBeGreaterThanOrEqual(80);
    expect(files).toEqual(expect.arrayContaining(Object.keys(BROKEN)));
  });

  test.each(files)('%s', (file) => {
    const { policies, errors, warnings } = parsePolicies(
      readFileSync(corpusPath('tetragon-examples', file), 'utf8'),
      file,
      { variables },
    );
    expect(errors?.map(formatPolicyError)).toEqual(BROKEN[file]);
    expect(policies?.length).toBe(BROKEN[file] ? undefined : 1);
    expect(warnings ?? []).toEqual([]);
  });

  test('without the variables, the files that need them say so', () => {
    const file = 'policylibrary/egress.yaml';
    const { errors } = parsePolicies(
      readFileSync(corpusPath('tetragon-examples', file), 'utf8'),
      file,
    );
    expect(errors?.map(({ message }) => message)).toEqual([
      '${PODCIDR} is not set; give it with --set PODCIDR=VALUE or in the environment',
      '${SERVICECIDR} is not set; give it with --set SERVICECIDR=VALUE or in the environment',
    ]);
  });
});
