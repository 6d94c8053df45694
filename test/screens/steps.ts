import { type CommandId, keyOf } from '../../src/ui/commands.ts';
import type { RecordedScreen } from '../driver/recorded.ts';

/** What somebody at the screen does. */
export type Step = (screen: RecordedScreen) => Promise<unknown>;

export const press =
  (...keys: string[]): Step =>
  (screen) =>
    screen.press(...keys);

export const command = (...ids: CommandId[]): Step => press(...ids.map(keyOf));

export const type =
  (text: string): Step =>
  (screen) =>
    screen.type(text);

/** The policies, narrowed to one. */
export const policy = (name: string): Step[] => [
  command('view.policies', 'policy.search'),
  type(name),
  press('enter'),
];

/** A refused connection of the storm, with the cursor on it. */
export const refused: readonly Step[] = [
  command('view.stream', 'move.last'),
  press(...Array<string>(6).fill('up')),
];
