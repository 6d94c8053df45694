import { createInterface } from 'node:readline/promises';
import { escapeText } from '../events/text.ts';

/**
 * Arming is a deliberate act: whoever does it types the policy's name. Resolves to whether it was typed; without a keyboard to
 * `undefined`.
 */
export async function confirmArming(
  name: string,
  what: readonly string[],
): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  for (const line of what) process.stderr.write(`${escapeText(line)}\n`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D end the question, and nothing is armed.
  const given = new AbortController();
  prompt.once('close', () => given.abort());
  try {
    const typed = await prompt.question(`Type the policy's name to arm it: `, {
      signal: given.signal,
    });
    return typed.trim() === name;
  } catch {
    process.stderr.write('\n');
    return false;
  } finally {
    prompt.close();
  }
}
