/** What npm installs is what was looked at: exact versions, with the hash of each package, and none that runs something. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './sources.ts';

type Package = {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
};

const read = <T>(name: string): T => JSON.parse(readFileSync(join(root, name), 'utf8')) as T;
const lock = read<{ lockfileVersion: number; packages: Record<string, Package> }>(
  'package-lock.json',
);
const manifest = read<Record<string, Record<string, string>>>('package.json');
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

test('versions are exact', () => {
  const asked = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}),
  );
  expect(asked.length).toBeGreaterThan(20);
  for (const [name, version] of asked) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  for (const [path, { version }] of packages) expect(version, path).toMatch(/^\d+\.\d+\.\d+/);
});

test('each package that is installed has a hash', () => {
  const without = packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
  // Programs of the formatter for systems that nobody develops on here: npm leaves their hashes out, and installs none of them.
  for (const [path, { dev, optional }] of without) {
    expect(path).toMatch(/^node_modules\/@biomejs\/cli-(?!linux-(?:x64|arm64)$)/);
    expect([dev, optional]).toEqual([true, true]);
  }
});

test('packages come from the registry alone', () => {
  for (const [path, { resolved, link }] of packages) {
    expect(link, path).toBeUndefined();
    if (resolved !== undefined) expect(resolved, path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
  }
});

/** `npm ci --ignore-scripts`: none of them is run, and none needs it. */
test('no package runs anything when it is installed', () => {
  const setup = readFileSync(join(root, 'scripts/setup.mjs'), 'utf8');
  const installs = [...setup.matchAll(/runNpm\(\[([^\]]*)\]/g)].map(([, words = '']) => words);
  expect(installs.length).toBeGreaterThan(0);
  for (const words of installs) expect(words).toContain("'--ignore-scripts'");
  const scripts = packages.filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(scripts.map(([path]) => path)).toEqual([
    'node_modules/esbuild',
    'node_modules/protobufjs',
  ]);
});
