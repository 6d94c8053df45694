import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** UPDATE_SCREENS=1 writes the snapshots instead of comparing them: look at `git diff test/screens/snapshots` then. */
const isUpdate = process.env.UPDATE_SCREENS === '1';

export type Section = { readonly title: string; readonly lines: readonly string[] };

/** Compares the sections of one view or dialog with its file. */
export function expectSnapshot(name: string, sections: readonly Section[]): void {
  const file = fileURLToPath(new URL(`snapshots/${name}.txt`, import.meta.url));
  const text = sections
    .map(({ title, lines }) => `=== ${title}\n${lines.map((line) => `${line}\n`).join('')}`)
    .join('\n');
  if (isUpdate) {
    writeFileSync(file, text);
    return;
  }
  const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // Section by section: a failure tells which screen it is about.
  for (const { title, lines } of sections)
    expect(sectionOf(known, title), `${name}, ${title}; UPDATE_SCREENS=1 records it`).toEqual(
      lines,
    );
  expect(known, `${name} has sections that no test draws`).toBe(text);
}

function sectionOf(text: string, title: string): string[] | undefined {
  const found = `\n${text}`.split('\n=== ').find((section) => section.startsWith(`${title}\n`));
  return found?.replace(/\n+$/, '').split('\n').slice(1);
}
