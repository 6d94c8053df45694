import { text } from 'node:stream/consumers';
import { type PolicyFile, readPolicyPath, unreadable } from '../agent/policies/policyFiles.ts';

/** Standard input in messages, and as the key of its policies. */
export const STDIN = '<stdin>';

/** What the paths of a command line stand for; `-` for standard input. */
export async function readPolicyFiles(paths: readonly string[]): Promise<PolicyFile[]> {
  const files: PolicyFile[] = [];
  for (const path of paths)
    files.push(...(path === '-' ? [await readInput()] : readPolicyPath(path)));
  return files;
}

async function readInput(): Promise<PolicyFile> {
  try {
    return { file: STDIN, source: await text(process.stdin) };
  } catch (error) {
    return unreadable(STDIN, error);
  }
}
