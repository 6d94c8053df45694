/** The way to the clipboard: through the terminal by OSC 52 where the operator's screen is elsewhere, else natively. */

export type Environment = Readonly<Record<string, string | undefined>>;

export type CopyResult = { ok: true; how: string; bytes: number } | { ok: false; reason: string };

/** Base64 bytes in one OSC 52; terminals drop longer ones without a word (xterm, hterm, tmux). */
export const MAX_ENCODED = 74_994;
/** What GNU screen passes on in one piece is 768 bytes at most; vim and hterm's script use these 76. */
const SCREEN_CHUNK = 76;
/** xsel and wl-copy may wait for a display that doesn't answer. */
const NATIVE_LIMIT_MS = 3000;

const ESC = '\x1b';
const ST = `${ESC}\\`;

/** Over SSH the local clipboard is the wrong one, if there is one at all. */
export function usesTerminal(env: Environment): boolean {
  const isRemote = Boolean(env.SSH_CONNECTION || env.SSH_TTY);
  return isRemote || !(env.DISPLAY || env.WAYLAND_DISPLAY);
}

export type Multiplexer = 'tmux' | 'screen' | undefined;

/** What stands between us and the terminal. sudo takes TMUX and STY away, so that TERM must tell: `screen-256color` is tmux's. */
export function multiplexerOf({ TMUX, STY, TERM = '' }: Environment): Multiplexer {
  if (TMUX) return 'tmux';
  if (STY || /^screen(\.|$)/.test(TERM)) return 'screen';
  return /^(tmux|screen-)/.test(TERM) ? 'tmux' : undefined;
}

/** The sequence that puts a text on the clipboard; undefined when it is too long for one. */
export function osc52(text: string, multiplexer: Multiplexer): string | undefined {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  if (encoded.length > MAX_ENCODED) return undefined;
  const sequence = `${ESC}]52;c;${encoded}\x07`;
  switch (multiplexer) {
    case 'tmux':
      return `${ESC}Ptmux;${sequence.replaceAll(ESC, ESC + ESC)}${ST}`;
    case 'screen': {
      const chunks = sequence.match(new RegExp(`[\\s\\S]{1,${SCREEN_CHUNK}}`, 'g')) ?? [];
      return chunks.map((chunk) => `${ESC}P${chunk}${ST}`).join('');
    }
    case undefined:
      return sequence;
  }
}

export type Clipboard = {
  copy(text: string): Promise<CopyResult>;
};

type Options = {
  /** Writes to the terminal. */
  write(data: string): unknown;
  env?: Environment;
  /** Puts a text on the desktop's clipboard; for tests. */
  writeNatively?: (text: string) => Promise<void>;
};

export function createClipboard({
  write,
  env = process.env,
  writeNatively = clipboardy,
}: Options): Clipboard {
  const copyByTerminal = (text: string, bytes: number): CopyResult => {
    const multiplexer = multiplexerOf(env);
    const sequence = osc52(text, multiplexer);
    if (sequence === undefined) {
      const encoded = Math.ceil(bytes / 3) * 4;
      const reason = `${bytes} bytes are too much for OSC 52: ${encoded} encoded, ${MAX_ENCODED} at most`;
      return { ok: false, reason };
    }
    write(sequence);
    return { ok: true, how: `OSC 52${VIA[multiplexer ?? 'none']}`, bytes };
  };

  return {
    async copy(text) {
      const bytes = Buffer.byteLength(text);
      if (usesTerminal(env)) return copyByTerminal(text, bytes);
      try {
        await withLimit(writeNatively(text));
        return { ok: true, how: 'the desktop’s clipboard', bytes };
      } catch (error) {
        const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
        return { ok: false, reason };
      }
    },
  };
}

/** Nobody answers an OSC 52, so that what may stop it must be said. */
const VIA = {
  none: '',
  tmux: ' through tmux (needs its allow-passthrough)',
  screen: ' through screen',
} as const;

async function clipboardy(text: string): Promise<void> {
  const { default: native } = await import('clipboardy');
  await native.write(text);
}

async function withLimit(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the desktop did not answer')), NATIVE_LIMIT_MS);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
