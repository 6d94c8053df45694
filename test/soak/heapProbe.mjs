// Loaded into every thread of the Trigon under soak (NODE_OPTIONS=--import): writes how large its heap is after a collection, which only
// it can know, whenever the soak asks for it by a new number in the file `asked`. Between that nothing is collected by force: a program
// that is, takes less memory than the real one. Does nothing without TRIGON_SOAK_HEAP, the folder for that.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, threadId, threadName } from 'node:worker_threads';

const folder = process.env.TRIGON_SOAK_HEAP;
const LOOK_MS = 250;

/** The engine gives it only on demand. */
function collector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

if (folder) {
  const collect = collector();
  const file = join(folder, `${process.pid}-${threadId}.json`);
  const thread = isMainThread ? 'main' : threadName;
  let answered = 0;
  const answer = () => {
    try {
      const asked = Number(readFileSync(join(folder, 'asked'), 'utf8'));
      if (asked <= answered) return;
      answered = asked;
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      writeFileSync(`${file}.part`, JSON.stringify({ asked, thread, heapUsed, arrayBuffers }));
      renameSync(`${file}.part`, file);
    } catch {
      // The soak's folder is gone: so is the soak.
    }
  };
  setInterval(answer, LOOK_MS).unref();
}
