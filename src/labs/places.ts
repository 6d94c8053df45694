import { actProgram } from '../agent/workerFiles.ts';

/** The program that does an attack's deeds. */
export const attackProgram = actProgram;

/** The folder that attacks of this process have for themselves, below a /tmp of their own: nothing of that name is made here. */
export const labFolder = (): string => `/tmp/trigon-lab-${process.pid}`;
