// Plain JavaScript, without imports: the launcher, which runs on any Node from 18, restores the
// terminal with the very sequence that the screen itself uses.

/**
 * Puts a terminal back to what a shell expects, from whatever state the program left it in: ends an
 * unfinished string sequence (ST) and synchronized output, switches off mouse (1000, 1002, 1003, 1006),
 * focus (1004) and paste (2004) reports and the kitty keyboard (its stack belongs to the alternate
 * screen, so before leaving that), resets SGR and the scrolling margins, switches wrapping back on, leaves the alternate screen
 * and shows the cursor. Written twice it would move the cursor back (1049 restores the saved position):
 * whoever restores for a dead process must know that it did not restore by itself.
 */
export const RESTORE_SEQUENCE =
  '\x1b\\\x1b[?2026l' +
  '\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[<u' +
  '\x1b[0m\x1b[r\x1b[?7h\x1b[?1049l\x1b[?25h';

/**
 * Takes the terminal over: alternate screen, cursor hidden, no wrapping (a glyph that the terminal
 * thinks wider than we do must not push a row into the next), bracketed paste, empty screen.
 */
export const ENTER_SEQUENCE = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J\x1b[H';

/** Mouse buttons and wheel as SGR reports (1000 + 1006), and back. */
export const MOUSE_SEQUENCE = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF_SEQUENCE = '\x1b[?1006l\x1b[?1000l';

/** Focus in and out reports (1004). */
export const FOCUS_SEQUENCE = '\x1b[?1004h';
