const NO_KEYBOARD =
  'trigon: standard input is not a terminal, so there are no keys; without a screen: trigon events';
const NO_SCREEN = 'trigon: standard output is not a terminal, so there is no screen for the lab';

/** Why there can't be a screen here; undefined: there can. */
export function screenObstacle(): string | undefined {
  if (!process.stdin.isTTY) return NO_KEYBOARD;
  return process.stdout.isTTY ? undefined : NO_SCREEN;
}

/** A line on standard error. @returns the exit code for what can't be done */
export function complain(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}
