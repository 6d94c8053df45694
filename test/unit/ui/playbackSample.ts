import type { Playback } from '../../../src/agent/messages.ts';
import { NOON, SECOND } from './streamSetUp.ts';

/** A minute after noon, of a recording of ten. */
export const playback = (change: Partial<Playback> = {}): Playback => ({
  ...{ title: 'a.jsonl', isPlaying: true, speed: 1, isRead: true, isFollowing: false },
  ...{ start: NOON, at: NOON + 60n * SECOND, end: NOON + 600n * SECOND },
  ...{ played: 1234, total: 56_789, badLines: 0, isRecording: true },
  ...change,
});
