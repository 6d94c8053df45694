import { constants } from 'node:os';
import { watchStarted } from './descendants.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Lets nothing be left behind by an end before the end. At SIGINT, SIGTERM and SIGHUP all processes that this one started are ended
 * in order, then this one ends with the exit code that a shell would give; a second signal ends all at once. Whatever it ends of, an
 * exception too, what was started is killed and `cleanUp` called.
 *
 * @param cleanUp removes files; synchronous, may be called more than once
 * @returns aborted as soon as a signal came: whoever starts programs should stop doing so
 */
export function endInOrder(cleanUp: () => void, say: (text: string) => void): AbortSignal {
  const interrupt = new AbortController();
  const started = watchStarted();
  process.on('exit', () => {
    started.kill();
    cleanUp();
  });
  for (const signal of SIGNALS) {
    // The driver of the tests would end its programs at once; it still does when we end.
    process.removeAllListeners(signal);
    const code = 128 + constants.signals[signal];
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(code);
      interrupt.abort();
      say(`${signal}: ending in order; once more ends it at once`);
      void started.end().then(() => process.exit(code));
    });
  }
  return interrupt.signal;
}
