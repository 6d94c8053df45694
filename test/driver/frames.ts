/** DEC private mode 2026: what stands between the two is one frame. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

/** As long as a terminal waits for the rest of a frame: its program may have been killed in the midst of it. */
const LIMIT_MS = 3000;

/** How many characters at the end of the text may be the first ones of a frame's begin. */
function begunBegin(text: string): number {
  for (let length = Math.min(BEGIN.length - 1, text.length); length > 0; length--) {
    if (BEGIN.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

export type FrameGate = {
  /** Takes a piece of the output, which may end anywhere. */
  push(data: string): void;
  /** Hands on what there is, whole or not. */
  flush(): void;
};

/**
 * Hands a program's output on in such a way that nobody sees half a frame, as a terminal that knows synchronized output does: the
 * pieces in which it comes are the kernel's, and say nothing of frames.
 */
export function createFrameGate(write: (data: string) => void): FrameGate {
  let held = '';
  let timer: NodeJS.Timeout | undefined;

  const hold = (text: string): void => {
    held = text;
    if (text !== '') {
      timer ??= setTimeout(flush, LIMIT_MS);
      return;
    }
    clearTimeout(timer);
    timer = undefined;
  };
  function flush(): void {
    const data = held;
    hold('');
    if (data !== '') write(data);
  }

  return {
    push(data) {
      const text = held + data;
      const begin = text.lastIndexOf(BEGIN);
      const isOpen = begin > text.lastIndexOf(END);
      const cut = isOpen ? begin : text.length - begunBegin(text);
      const whole = text.slice(0, cut);
      // Each frame has a time of its own.
      if (whole !== '') hold('');
      hold(text.slice(cut));
      if (whole !== '') write(whole);
    },
    flush,
  };
}
