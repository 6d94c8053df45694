import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './fixtures.ts';

/** Writes a policy file and gives its path. */
export function writePolicy(bench: Bench, name: string, kprobes: readonly object[]): string {
  const path = join(bench.folder, `${name}.yaml`);
  // JSON is YAML.
  const policy = {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name },
    spec: { kprobes },
  };
  writeFileSync(path, JSON.stringify(policy));
  return path;
}

const FILE_AND_MASK = [
  { index: 0, type: 'file' },
  { index: 1, type: 'int' },
];

/** Reads (mask 4) or writes (mask 2) of files, as security_file_permission() is asked. */
export const onFileAccess = (mask: 2 | 4, operator: 'Prefix' | 'Equal', path: string): object => ({
  call: 'security_file_permission',
  syscall: false,
  args: FILE_AND_MASK,
  selectors: [
    {
      matchArgs: [
        { index: 0, operator, values: [path] },
        { index: 1, operator: 'Equal', values: [String(mask)] },
      ],
    },
  ],
});
