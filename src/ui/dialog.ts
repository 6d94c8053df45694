import type { PaneSize } from './panes/pane.ts';
import type { Hint } from './views/chrome.ts';

/** What a key or click in a dialog leads to; a function: the dialog is closed first, then it is called. */
export type DialogStep =
  | 'stay'
  | 'close'
  /** The key isn't the dialog's: it is a command's, if that works everywhere. */
  | 'pass'
  | (() => void);

export type PageText = {
  /** Which page it is, and which form of it: a line that was found is found in that one only. */
  readonly page: string;
  readonly lines: readonly string[];
  readonly top: number;
  scrollTo(line: number): void;
};

/**
 * Something that lies over a view and takes the keys: a menu, a line being typed, a page of text. It keeps its own state; whoever
 * opens it gives it all that it needs. Opened with `Ui.open`, closed by its own steps or by Esc where it passes that on.
 */
export type Dialog = {
  /**
   * Where its lines stand: `view` in the view's place, `menu` over the end of it (the row with the cursor stays in sight), `line`
   * the same with the footer for the text being typed.
   */
  readonly place: 'view' | 'menu' | 'line';
  /**
   * Whether `!` is a letter here now, as in filters; everywhere else it disarms. While something is armed it is one only where it
   * can mean something: behind other letters of a filter.
   */
  takesBang?(isArmed: boolean): boolean;
  /** Finished lines, at most `size.height`; called for each paint. */
  lines(size: PaneSize): readonly string[];
  /** The finished footer of a `line`. */
  footer?(width: number): string;
  /** Keys for the footer of the others. */
  readonly hints: readonly Hint[];
  /** For the right end of the footer. */
  position?(size: PaneSize): string;
  /** @param key as `formatKey` writes it @param text what it types, or '' */
  onKey(key: string, text: string, size: PaneSize): DialogStep;
  onPaste?(text: string): DialogStep;
  /** A page of text whose lines can be searched: all of them, those that are scrolled off, and how one is brought into sight. */
  find?(size: PaneSize): PageText;
  /** A click on one of its lines; line and column from 0. */
  onClick?(line: number, size: PaneSize, column: number): DialogStep;
  /**
   * It is no part of the screen any more, whatever for: left or chosen from, dropped with the view below it, or the program ends.
   * Called once, before what a step does.
   */
  closed?(): void;
};
