import type { DoctorReport } from '../../../src/agent/host/report.ts';
import type { ToAgent } from '../../../src/agent/messages.ts';
import { createActions } from '../../../src/ui/actions.ts';
import { type CommandId, keyOf } from '../../../src/ui/commands.ts';
import type { Hit } from '../../../src/ui/hits.ts';
import { createPanes } from '../../../src/ui/panes/all.ts';
import { createPolicyLayout } from '../../../src/ui/policyLayout.ts';
import { createState } from '../../../src/ui/state.ts';
import { createTargets } from '../../../src/ui/targets.ts';
import { createKeyParser } from '../../../src/ui/terminal/keys.ts';
import type { ThemeBook } from '../../../src/ui/themes/book.ts';
import { encodeKey } from '../../driver/encodeKey.ts';
import { DARK, policy } from './samples.ts';

/** The actions with a state, and what they asked of the world outside it. */
export function setUp(change: Partial<ReturnType<typeof createState>> = {}, themes?: ThemeBook) {
  const state = Object.assign(
    createState(),
    { isReady: true, isLoaded: true, policies: [policy()] },
    change,
  );
  const told: ToAgent[] = [];
  const doctor = Promise.withResolvers<DoctorReport>();
  /** By which the doctor was to be told that nobody waits for it any more. */
  const doctorSignals: AbortSignal[] = [];
  const asked: string[] = [];
  const tellAgent = (message: ToAgent) => told.push(message);
  const look = { node: 'n', theme: DARK, ascii: false, userNames: new Map<number, string>() };
  const size = () => ({ width: 80, height: 10 });
  /** Of the terminal: whether it will do, whether it reports the mouse, whether a dialog is drawn, and what lies where it is. */
  const terminal = {
    ...{ isTooSmall: false, hasMouse: false, isCoverDrawn: true },
    hit: undefined as Hit | undefined,
  };
  const targets = createTargets(tellAgent);
  const panes = createPanes({ state, tellAgent, repaint: () => {}, ...look });
  const actions = createActions(state, panes, {
    tellAgent,
    findTarget: targets.find,
    hitAt: () => terminal.hit,
    isCoverDrawn: () => terminal.isCoverDrawn,
    mouse: {
      isOn: () => terminal.hasMouse,
      set: (isOn) => {
        terminal.hasMouse = isOn;
      },
    },
    look,
    themes,
    restyle: () => {},
    size,
    isTooSmall: () => terminal.isTooSmall,
    policyLayout: createPolicyLayout({ state, size, ...look }),
    // Answered by the test, if at all.
    askDoctor(signal) {
      doctorSignals.push(signal);
      return doctor.promise;
    },
    async copy(text) {
      asked.push(`copy ${text}`);
      return { ok: true, how: 'hand', bytes: text.length };
    },
    repaint: () => {},
    redraw: () => asked.push('redraw'),
    suspend: () => asked.push('suspend'),
    quit: () => asked.push('quit'),
    lab: (id) => asked.push(id),
  });
  const parser = createKeyParser({ onEvent: actions.onInput });
  const press = (...keys: string[]) => {
    for (const key of keys) parser.feed(key === 'escape' ? '\x1b[27u' : encodeKey(key));
  };
  const command = (...ids: CommandId[]) => press(...ids.map(keyOf));
  const paste = (text: string) => parser.feed(`\x1b[200~${text}\x1b[201~`);
  return {
    ...{ state, panes, told, asked, actions, press, command, paste, terminal, targets },
    ...{ doctor, doctorSignals },
  };
}
