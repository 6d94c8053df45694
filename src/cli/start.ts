/** Entry of the program. What a screen will need is set going before anything else is read. */
import { startWorkerAhead } from '../agent/aheadWorker.ts';
import { workerFile } from '../agent/workerFiles.ts';
import { isAgentLikely } from './isAgentLikely.ts';
import { screenObstacle } from './screenObstacle.ts';

if (screenObstacle() === undefined && isAgentLikely(process.argv.slice(2), process.env))
  startWorkerAhead(workerFile('worker'));

await import('./main.ts');
