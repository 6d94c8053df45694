/** Asks the terminal for its background: OSC 11 (xterm's ctlseqs). Terminals that don't know it say nothing. */
export const GROUND_QUERY = '\x1b]11;?\x1b\\';

/** `rgb:RRRR/GGGG/BBBB` with one to four digits each (XParseColor(3)), up to ST or BEL; a fourth is opacity. */
const ANSWER = /\x1b\]11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})(?=[\x07\x1b/])/i;

/** An answer may come in pieces; this is more than one is long. */
const KEPT = 64;

/**
 * Looks for the answer in what the keyboard sends; the key parser drops it.
 *
 * @param onAnswer called once, with red, green and blue from 0 to 255
 * @returns what takes the input
 */
export function createGroundProbe(
  onAnswer: (rgb: readonly [number, number, number]) => void,
): (chunk: Uint8Array) => void {
  let seen = '';
  let isDone = false;
  return (chunk) => {
    if (isDone) return;
    seen += Buffer.from(chunk).toString('latin1');
    const [, red, green, blue] = ANSWER.exec(seen) ?? [];
    seen = seen.slice(-KEPT);
    if (red === undefined || green === undefined || blue === undefined) return;
    isDone = true;
    onAnswer([level(red), level(green), level(blue)]);
  };
}

const level = (digits: string): number =>
  Math.round((Number.parseInt(digits, 16) / (16 ** digits.length - 1)) * 255);
