import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { kernelsPage, storedResults } from '../../scripts/kernelsPage.ts';

const docs = (name: string) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

test('docs/kernels.md shows the results that are stored, and none of them is a failure', () => {
  const kernels = storedResults(docs('kernels'));
  expect(readFileSync(docs('kernels.md'), 'utf8')).toBe(kernelsPage(kernels));
  const failed = kernels.flatMap(({ sources }) =>
    sources.flatMap(({ files }) =>
      Object.entries(files).filter(([, { verdict }]) => ['silent', 'error'].includes(verdict)),
    ),
  );
  expect(failed).toEqual([]);
});
