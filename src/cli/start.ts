/** Entry of the program. What a screen will need is set going before anything else is read. */
import { startWorkerAhead } from '../agent/aheadWorker.ts';
import { objectsFolder, workerFile } from '../agent/workerFiles.ts';
import { isAgentLikely } from './isAgentLikely.ts';
import { likelySensor } from './likelySensor.ts';
import { screenObstacle } from './screenObstacle.ts';

const args = process.argv.slice(2);
if (screenObstacle() === undefined && isAgentLikely(args, process.env)) {
  const sensor = likelySensor(args, process.env);
  startWorkerAhead(workerFile('worker'), sensor && { objectsDir: objectsFolder(), sensor });
}

await import('./main.ts');
