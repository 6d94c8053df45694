import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './client.ts';

/** This program's, as package.json has it. */
export function ownVersion(): string {
  const { version }: { version?: unknown } = JSON.parse(
    readFileSync(join(projectRoot(), 'package.json'), 'utf8'),
  );
  return String(version);
}
