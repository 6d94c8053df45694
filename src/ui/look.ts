import type { Theme } from './theme.ts';

/** How everything is drawn. */
export type Look = {
  readonly theme: Theme;
  /** Nothing but ASCII: no emoji and no line drawing, other programs' text as escapes. */
  readonly ascii: boolean;
  readonly userNames: ReadonlyMap<number, string>;
  /** The same of groups. */
  readonly groupNames?: ReadonlyMap<number, string> | undefined;
};
