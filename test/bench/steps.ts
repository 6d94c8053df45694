import { measureBuildLoad } from './buildLoad.ts';
import { measureConnects } from './connects.ts';
import { measureFiles } from './files.ts';
import { measureGarbage } from './garbage.ts';
import { measureKeysByRate } from './keys.ts';
import { measureManyPolicies } from './manyPolicies.ts';
import { measureMemory } from './memory.ts';
import { measureCalls } from './policies.ts';
import { measurePolicyLoad } from './policyLoad.ts';
import { measureReads } from './reads.ts';
import { measureRing } from './ring.ts';
import { measureRunTime } from './runtime.ts';
import { measureIdle, measureLoad, measureStart } from './screen.ts';
import { measureSizes } from './sizes.ts';
import type { Step } from './step.ts';
import { measureStored } from './stored.ts';
import { measureStorm } from './storm.ts';
import { measureTransfer } from './transfer.ts';

/** In the order in which they are measured. */
export const STEPS: readonly Step[] = [
  {
    name: 'start',
    about: 'from the launcher to the first live frame',
    measure: async (_bench, { quick }) => [await measureStart(quick ? 3 : undefined)],
  },
  {
    name: 'idle',
    about: 'the screen while nothing happens',
    measure: async (_bench, effort) => [await measureIdle(effort)],
  },
  {
    name: 'screen',
    about: 'each view at 10,000 events a second, 200×60: CPU, bytes, keys, events',
    measure: measureLoad,
  },
  {
    name: 'keys',
    about: 'from a key to its frame at 0 to 100,000 events a second',
    measure: measureKeysByRate,
  },
  {
    name: 'sizes',
    about: 'what a frame costs by the size of the terminal',
    measure: measureSizes,
  },
  {
    name: 'stored',
    about: 'whether a frame costs more when more events are stored, or more processes are there',
    measure: measureStored,
  },
  {
    name: 'ring',
    about: "from the kernel's ring through the agent into packed batches, in bursts of a second",
    measure: measureRing,
  },
  {
    name: 'garbage',
    about: "what the agent's thread leaves to be collected for an event that nobody looks at",
    measure: measureGarbage,
  },
  {
    name: 'transfer',
    about: "batches from the worker into the screen's store",
    measure: measureTransfer,
  },
  {
    name: 'policy load',
    about: 'time from `trigon policy add` to attached, by kind of hook, and memory per policy',
    measure: measurePolicyLoad,
  },
  {
    name: 'many policies',
    about: '50 policies and 50,000 events a second: the screen',
    measure: measureManyPolicies,
  },
  {
    name: 'build load',
    about: 'a load as a build makes it: what Trigon adds, with and without JSON export',
    measure: measureBuildLoad,
  },
  {
    name: 'run time',
    about:
      "how long Trigon's programs run in the kernel for a program's start and for an event, and their instructions",
    measure: measureRunTime,
  },
  {
    name: 'exec storm',
    about: 'programs started as fast as it goes: with nothing, Trigon in each shape, and its peers',
    measure: measureStorm,
  },
  {
    name: 'calls',
    about: 'what a system call costs with 0 to 50 policies',
    measure: measureCalls,
  },
  {
    name: 'reads',
    about: 'what reading costs while a file policy watches something else',
    measure: measureReads,
  },
  {
    name: 'files',
    about: 'files opened, read and written while a policy matches none, some or all of it',
    measure: measureFiles,
  },
  {
    name: 'connects',
    about: 'connections on loopback while a policy matches none or all of them',
    measure: measureConnects,
  },
  {
    name: 'memory',
    about: 'resident memory after 10 million events',
    measure: measureMemory,
  },
];
