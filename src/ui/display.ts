import { createClock } from './clock.ts';
import type { PaceOptions } from './pace.ts';
import { type AppState, armedNow, eventClock, say } from './state.ts';
import { createGroundProbe, GROUND_QUERY } from './terminal/groundProbe.ts';
import type { Screen } from './terminal/screen.ts';
import type { ThemeBook } from './themes/book.ts';
import { toOklab } from './themes/color.ts';
import type { Ground } from './themes/depth.ts';
import { isThemePath } from './themes/files.ts';

/** How the operator wants the terminal to be drawn on. */
export type Display = {
  /** The one in use is the look's theme. */
  readonly themes: ThemeBook;
  /** Asked for on the command line, before what the settings say. */
  readonly theme: string | undefined;
  /** Without a theme that is asked for, dark or light as the terminal's background is. */
  readonly asksGround: boolean;
  readonly pace: PaceOptions;
  /** See `AppState`. */
  readonly isThinLink: boolean;
};

export const DEFAULT_PACE: PaceOptions = { fps: 10 };

/** Half of what is between black and white, as it looks. */
const LIGHT = 0.5;

function askGround(
  screen: Pick<Screen, 'write' | 'onInput'>,
  onAnswer: (ground: Ground) => void,
): void {
  screen.onInput(createGroundProbe((rgb) => onAnswer(toOklab(rgb)[0] > LIGHT ? 'light' : 'dark')));
  screen.write(GROUND_QUERY);
}

/** Puts the wanted theme into use, and what is written to its files from then on. */
export function startDisplay(
  { themes, theme, isThinLink, asksGround }: Display,
  state: AppState,
  screen: Pick<Screen, 'write' | 'onInput'>,
  restyle: () => void,
): void {
  state.isThinLink = isThinLink;
  state.clock = createClock(
    () => isThinLink && armedNow(state).length === 0,
    () => eventClock(state),
  );
  const kept = state.settings.get().theme;
  // A path is followed with root's rights: only for who gives it on the command line, or types it.
  const wanted = theme ?? (kept !== undefined && isThemePath(kept) ? undefined : kept);
  // Also without a wish: the operator may have changed the usual one.
  const problem = themes.use(wanted ?? themes.name());
  /** Help lists it until it is mended; a notice is short, and soon gone. */
  let listed: string | undefined;
  const list = (text: string | undefined) => {
    const others = state.warnings.filter((warning) => warning !== listed);
    state.warnings = text === undefined ? others : [...others, text];
    listed = text;
  };
  if (problem !== undefined) list(`${problem}; this is theme ${themes.name()}`);
  if (wanted === undefined && asksGround)
    askGround(screen, (ground) => {
      // It may have been chosen meanwhile: over a slow link the answer takes its time.
      if (state.settings.get().theme === kept && themes.use(ground) === undefined) restyle();
    });
  themes.watch({
    onReload() {
      list(undefined);
      say(state, `theme ${themes.name()} has changed`);
      restyle();
    },
    onProblem(text) {
      const told = `${text}; the theme stays as it was`;
      list(told);
      say(state, told, 'warning');
      restyle();
    },
  });
}
