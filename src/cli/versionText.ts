import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { libbpfVersion } from '../agent/bpf/addon.ts';
import { projectRoot } from '../agent/client.ts';
import { ownVersion } from '../agent/version.ts';

/**
 * What `trigon --version` prints: the version alone in the first line, then `name value` each: the commit, Node, libbpf, and SHA-256
 * of each eBPF object, as they are loaded.
 */
export function versionText(): string {
  const rows = [
    ['commit', builtFrom() ?? 'built from sources'],
    ['node', process.versions.node],
    ['libbpf', attempt(libbpfVersion)],
    ...objectHashes(join(projectRoot(), 'build', 'bpf')),
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)} ${value}\n`);
  return `${ownVersion()}\n${lines.join('')}`;
}

/** The commit, which scripts/package writes beside the program; undefined where nobody has packaged it. */
function builtFrom(): string | undefined {
  const file = join(projectRoot(), 'build.json');
  if (!existsSync(file)) return undefined;
  const { commit }: { commit?: unknown } = JSON.parse(readFileSync(file, 'utf8'));
  return String(commit);
}

function objectHashes(folder: string): (readonly [name: string, hash: string])[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.bpf.o'));
  return names.sort().map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);
}

/** What a broken installation lacks must not keep it from telling the rest. */
function attempt(ask: () => string): string {
  try {
    return ask();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
