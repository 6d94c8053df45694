import { join } from 'node:path';
import { projectRoot } from '../agent/workerFiles.ts';

/** The program that does an attack's deeds. */
export const attackProgram = (): string => join(projectRoot(), 'build', 'act');

/** The folder that attacks of this process have for themselves, below a /tmp of their own: nothing of that name is made here. */
export const labFolder = (): string => `/tmp/trigon-lab-${process.pid}`;
