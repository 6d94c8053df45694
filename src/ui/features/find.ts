import { escapeText } from '../../events/text.ts';
import { keyText } from '../commands.ts';
import { createPrompt } from '../dialogs/prompt.ts';
import { createFindState, type Found, startSearch } from '../find.ts';
import { findPage } from '../findPage.ts';
import type { FindRows } from '../panes/pane.ts';
import { remember } from '../settings.ts';
import { type Notice, say } from '../state.ts';
import type { Handlers, Ui } from './ui.ts';

type By = 1 | -1;
type Target = { readonly rows: FindRows; readonly page: string | undefined };

/** Jumping to what holds a text, in rows and in pages of text. */
export function createFind(ui: Ui): Handlers {
  const { state, panes, effects, look } = ui;
  const { settings } = state;

  /** What is searched: the page that covers the view, or the view's rows. */
  const target = (): Target | undefined => {
    const { overlay } = state;
    if (overlay) return findPage(overlay, ui);
    const rows = panes[state.view].find?.rows(effects.size());
    return rows && { rows, page: undefined };
  };

  const fieldsOf = (page: string | undefined) =>
    page === undefined ? panes[state.view].find?.fields : undefined;

  const end = ({ rows, page }: Target, found: Found, by: By, isHereFirst: boolean) => {
    const { find } = state;
    if (!find) return;
    state.notice = undefined;
    if (!found) {
      say(state, `nothing here matches ${escapeText(find.text)}`, 'warning');
      return;
    }
    if (page !== undefined) find.line = { page, at: found.position };
    rows.goTo(found.position);
    // What was tested first may be a match among others.
    if (found.position === rows.at && !isHereFirst) say(state, 'this is the only match');
    else if (found.isWrapped)
      say(
        state,
        by === 1
          ? 'the end was passed: on from the beginning'
          : 'the beginning was passed: on from the end',
      );
  };

  const search = (by: By, isFirst = false) => {
    const { find, view } = state;
    const open = target();
    if (!find || !open) {
      say(state, 'there is nothing to find in here');
      return;
    }
    find.stop?.();
    find.stop = undefined;
    const { rows, page } = open;
    // While following there is no cursor yet: what is newest comes first, whichever way. On the last row there is only the way back.
    const isAtEnd = isFirst && page === undefined && rows.at === rows.next - 1;
    const isBack = rows.isFollowing || isAtEnd;
    let isOver = false;
    let told: Notice | undefined;
    /** Answers of the agent make another overlay of the same page. */
    const isShown = () => {
      if (state.view !== view || state.find !== find) return false;
      const now = target();
      return now !== undefined && now.page === page;
    };
    const giveUp = () => {
      stop();
      find.stop = undefined;
      if (state.notice === told) state.notice = undefined;
    };
    const stop = startSearch({
      ...{ rows, matches: find.wantedIn(fieldsOf(page)).matches, by: isBack ? -1 : by },
      isHereFirst: isBack,
      onProgress(share) {
        // Somebody went elsewhere.
        if (isShown()) {
          say(state, `searching, ${Math.floor(share * 100)}%: Esc stops it`);
          told = state.notice;
        } else giveUp();
        effects.repaint();
      },
      onEnd(found) {
        isOver = true;
        find.stop = undefined;
        if (isShown()) end(open, found, isBack ? -1 : by, isBack);
        effects.repaint();
      },
    });
    if (isOver) return;
    find.stop = () => {
      giveUp();
      say(state, 'the search was stopped');
    };
  };

  const begin = (text: string) => {
    state.find?.stop?.();
    state.find = createFindState(text);
    settings.change({ findHistory: remember(settings.get().findHistory, text) });
    search(1, true);
  };

  const ask = () => {
    const open = target();
    if (!open) {
      say(state, 'there is nothing to find in here');
      return;
    }
    const { page } = open;
    const what = page === undefined ? 'a word, or a filter' : 'a text';
    ui.open(
      createPrompt({
        ...{ prompt: 'find: ', text: '', look, bang: 'in-filter' },
        history: settings.get().findHistory,
        say: (text) => ({
          text: `${what} · Enter jumps to the next match, then ${keyText('find.next')} and ${keyText('find.previous')} · ${look.ascii ? 'Up' : '↑'} earlier ones`,
          isWrong: text.trim() === '' && state.find === undefined,
        }),
        // Without a text the one of before is meant, as in less.
        accept: (text) => () => (text.trim() === '' && state.find ? search(1) : begin(text.trim())),
      }),
    );
  };

  const again = (by: By) => (state.find ? search(by) : ask());

  return {
    'find.open': (argument) => (argument?.trim() ? begin(argument.trim()) : ask()),
    'find.next': () => again(1),
    'find.previous': () => again(-1),
  };
}
