/** The program's own sources, for rules that hold for all of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export type Source = { readonly file: string; readonly text: string };

/** All that runs on an operator's host: what tests and builds is not. */
export const sources = (): Source[] =>
  ['src', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|tsx|mjs|js)$/.test(name))
      .sort()
      .map((name) => ({
        file: `${folder}/${name}`,
        text: readFileSync(join(root, folder, name), 'utf8'),
      })),
  );

/** What a file imports from a module by name; a whole module, as in `import fs from`, is `fs.NAME` for what it uses of it. */
export function importsFrom(module: RegExp, { text }: Source): string[] {
  const statements = [...text.matchAll(/import\s+(type\s+)?([^;]*?)\s+from\s+'([^']+)'/g)];
  return statements.flatMap(([, type, names = '', from = '']) => {
    if (type || !module.test(from)) return [];
    const listed = /\{([^}]*)\}/.exec(names)?.[1] ?? '';
    const whole = /^(?:\*\s+as\s+)?(\w+)/.exec(names)?.[1];
    const used = whole ? [...text.matchAll(new RegExp(`\\b${whole}\\.(\\w+)`, 'g'))] : [];
    return [
      ...listed
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => name.split(/\s+as\s+/)[0] ?? name),
      ...used.map(([, name = '']) => name),
    ];
  });
}
