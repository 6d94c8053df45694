import { basename } from 'node:path';
import { startReplayClient } from '../agent/replay/client.ts';
import { escapeLines } from '../events/text.ts';
import type { ReplayCommand } from './replayCommandLine.ts';

/** `trigon replay`: a screen, or lines on standard output. Resolves to the exit code. */
export async function runReplay(options: ReplayCommand): Promise<number> {
  if (options.output.kind !== 'records') return printReplay(options, options.output.limit);
  const { runScreen } = await import('./ownScreen.ts');
  const [first = '', ...more] = options.files;
  const name = first === '-' ? 'standard input' : basename(first) || first;
  const title = more.length === 0 ? name : `${name} and ${more.length} more`;
  const { files, withRotated, isTailing, output, speed, hasRealGaps } = options;
  return runScreen(
    {
      kind: 'replay',
      title,
      node: '',
      readOnly: true,
      start: (onMessage) =>
        startReplayClient({ files, withRotated, isTailing, output, speed, hasRealGaps }, onMessage),
    },
    options,
  );
}

/** Lines on standard output, everything else on standard error. Ends when all is told, on signals, and when nobody reads any more. */
async function printReplay(options: ReplayCommand, limit: number | undefined): Promise<number> {
  const { promise: over, resolve: end } = Promise.withResolvers<number>();
  const { files, withRotated, isTailing, output, speed, hasRealGaps } = options;
  let events = 0;
  /** Batches that are being written. */
  let writing = 0;
  let isTold = false;

  const endWhenWritten = () => {
    if (isTold && writing === 0) end(0);
  };

  const replay = startReplayClient(
    { files, withRotated, isTailing, output, speed, hasRealGaps },
    (message) => {
      switch (message.type) {
        case 'lines':
          events += message.count;
          writing += 1;
          process.stdout.write(message.bytes, () => {
            writing -= 1;
            replay.send({ type: 'done', bytes: message.bytes.length });
            if (events === limit) end(0);
            endWhenWritten();
          });
          return;
        case 'notice':
          return note(message.text);
        case 'failed':
          note(`${message.message}\n  ${message.remedy}`);
          return end(1);
        case 'stopped':
          isTold = true;
          return endWhenWritten();
        default:
          return;
      }
    },
  );

  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough (head, less): that is no mistake.
    if (error.code !== 'EPIPE') note(`can't write to standard output: ${error.message}`);
    end(error.code === 'EPIPE' ? 0 : 1);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(0));
  process.on('disconnect', () => end(0));

  const code = await over;
  await replay.stop();
  if (process.connected) process.disconnect?.();
  return code;
}

/** Lines on standard error; they may quote files, so nothing in them reaches the terminal unescaped. */
function note(text: string): void {
  process.stderr.write(`trigon: ${escapeLines(text)}\n`);
}
