import type { FromAgent, ToAgent } from '../agent/messages.ts';
import { counted } from './save/formats.ts';
import { type AppState, say } from './state.ts';
import { type Mark, recordedMark } from './store/marks.ts';
import { shortBytes } from './views/format.ts';

/** A session that is being recorded. */
export type Recording = {
  readonly path: string;
  readonly events: number;
  readonly bytes: number;
  /** Why nothing is written at the moment. */
  readonly error: string | undefined;
};

/** What the agent tells of it: of one that has just begun it gets the marks that are set. */
export function takeRecording(
  state: AppState,
  { path, events, bytes, error }: Extract<FromAgent, { type: 'recording' }>,
  tellAgent: (message: ToAgent) => void,
): void {
  const before = state.recording;
  if (path !== undefined && before?.path !== path)
    for (const mark of state.marks.list()) tellMark(state, tellAgent, mark, true);
  if (path !== undefined) {
    state.recording = { path, events, bytes, error };
    if (error !== undefined && error !== before?.error)
      say(state, `the recording has gaps: ${path}: ${error}`, 'warning');
    else if (before?.path !== path) say(state, `recording to ${path}: :record stops it`);
    else if (error === undefined && before.error !== undefined)
      say(state, `the recording goes on: ${path}`);
    return;
  }
  state.recording = undefined;
  const what = `${counted(events, ['event', 'events'])}, ${shortBytes(bytes)}`;
  const where = before === undefined ? '' : ` in ${before.path}`;
  if (error !== undefined) {
    const kept = events > 0 ? `; ${what} are${where}` : '';
    say(state, `not recorded: ${error}${kept}`, 'warning');
  } else if (before !== undefined) say(state, `recorded ${what}${where}`);
}

/** Whoever records the session keeps its marks; of a screen that changes nothing for others they are its own. */
export function tellMark(
  { source, readOnly }: AppState,
  tellAgent: (message: ToAgent) => void,
  mark: Mark,
  isSet: boolean,
): void {
  if (source.kind === 'replay' || (source.kind === 'attached' && readOnly)) return;
  tellAgent({ type: 'mark', mark: recordedMark(mark), isSet });
}

/** `REC 12.3 MB`: for the header. */
export const recordingText = ({ bytes, error }: Recording): string =>
  error === undefined ? `REC ${shortBytes(bytes)}` : `REC stuck at ${shortBytes(bytes)}`;
