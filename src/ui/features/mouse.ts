import { say } from '../state.ts';
import type { Handlers, Ui } from './ui.ts';

/** `M`: whether clicks and the wheel are ours, or the terminal selects text with them. */
export function createMouse({ state, effects }: Ui): Handlers {
  return {
    'app.mouse': () => {
      const mouse = !effects.mouse.isOn();
      effects.mouse.set(mouse);
      state.settings.change({ mouse });
      const text = mouse
        ? 'mouse on: clicks and the wheel; to select text hold Shift, or switch it off'
        : 'mouse off: the terminal selects text';
      say(state, text);
    },
  };
}
