import { sudoUser } from '../../agent/sudoUser.ts';
import { createPrompt } from '../dialogs/prompt.ts';
import { defaultName, nameProblem, pathOf } from '../save/saveName.ts';
import { say } from '../state.ts';
import type { Handlers, Ui } from './ui.ts';

/** What `trigon replay` knows by its name; any other is as good. */
const EXTENSION = 'trigon.zst';

/** `:record`: the session into a file, from now on; the second time it ends. */
export function createRecord({ state, effects, look, open }: Ui): Handlers {
  const caller = sudoUser();
  const owner = typeof caller === 'string' ? undefined : caller;

  const start = (name: string) =>
    effects.tellAgent({ type: 'record', path: pathOf(name.trim(), owner) });

  const ask = (text: string) =>
    open(
      createPrompt({
        prompt: 'record to: ',
        text,
        look,
        bang: 'in-name',
        say(name) {
          const wrong = nameProblem(name);
          if (wrong !== undefined) return { text: wrong, isWrong: true };
          return {
            text: 'events, policies and marks from now on; :record stops it, trigon replay FILE shows it',
            isWrong: false,
          };
        },
        accept: (name) => () => start(name),
      }),
    );

  return {
    'app.record': (name) => {
      if (state.recording) {
        if (name !== undefined)
          say(state, `${state.recording.path} is recorded: :record stops that first`, 'warning');
        else effects.tellAgent({ type: 'record', path: undefined });
        return;
      }
      // Never as root in the place of somebody who isn't known.
      if (typeof caller === 'string') return say(state, `not recorded: ${caller}`, 'warning');
      if (name === undefined) return ask(defaultName(fileWord(state.source.title), EXTENSION));
      const problem = nameProblem(name);
      if (problem === undefined) start(name);
      else say(state, `not recorded: ${problem}`, 'warning');
    },
  };
}

/** A node's name as a part of a file's. */
const fileWord = (node: string): string => node.replace(/[^\w.-]+/g, '-').slice(0, 64) || 'session';
