const SGR = /\x1b\[([\d;]*)m/g;
const OWN = '\x1b[0m';

/**
 * What is written on a ground: wherever it would go back to the terminal's own colours, it goes to these instead. Erasing fills
 * with them too, as in xterm and its kin ("bce" in terminfo(5)); in GNU screen only with `defbce on`.
 *
 * @param open SGR of the ground, with foreground and background; '' leaves everything as it is
 */
export function onGround(data: string, open: string): string {
  if (open === '') return data;
  const ground = colorsOf(codesOf(open.slice('\x1b['.length, -'m'.length)));
  const change = (_: string, codes: string) =>
    `\x1b[${codesOf(codes)
      .flatMap((code) => replaced(code, ground))
      .join(';')}m`;
  return `${open}${data.replaceAll(SGR, change)}${OWN}`;
}

type Ground = { readonly ink: string; readonly paper: string };

/** Codes that belong together: `38;5;n` and `38;2;r;g;b` are one, so that none of their numbers is taken for a code. */
const codesOf = (codes: string): readonly string[] =>
  codes.match(/[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d+/g) ?? ['0'];

const isPaper = (code: string): boolean => /^(4\d|10\d)(;|$)/.test(code);

const colorsOf = (codes: readonly string[]): Ground => ({
  ink: codes.find((code) => !isPaper(code)) ?? '39',
  paper: codes.find(isPaper) ?? '49',
});

/** 0 ends all, 39 and 49 foreground and background alone, which is how Ink ends them. */
function replaced(code: string, { ink, paper }: Ground): readonly string[] {
  if (code === '0') return ['0', ink, paper];
  if (code === '39') return [ink];
  return code === '49' ? [paper] : [code];
}
