const SGR = /\x1b\[[\d;]*m/g;

/** A finished line without its styles: our lines hold no other sequences. */
export const withoutStyles = (line: string): string => line.replace(SGR, '');
