import { isDeepStrictEqual } from 'node:util';
import type { CgroupRate } from './messages.ts';
import { type LoadedSensor, loadSensor } from './sensor.ts';

/** All that the sensor's programs are loaded with. */
export type SensorSettings = {
  readonly ringBytes: number;
  readonly environment: boolean;
  readonly cgroupRate: CgroupRate | undefined;
};

/**
 * Gives the sensor's programs with these settings. Once.
 * @throws as loadSensor
 */
export type TakeSensor = (settings: SensorSettings) => LoadedSensor;

/** For whoever knows the settings before anything is loaded. */
export const takeFrom =
  (objectsDir: string): TakeSensor =>
  ({ ringBytes, ...options }) =>
    loadSensor(objectsDir, ringBytes, options);

/**
 * Loads the sensor's programs at once, with settings that are likely: the kernel's verifier takes as long about them as others about the
 * command line. Nothing is attached. Where other settings are wanted these are unloaded again, and others loaded. Doesn't throw: what went
 * wrong is thrown when they are taken.
 */
export function loadAhead(objectsDir: string, likely: SensorSettings): TakeSensor {
  const load = takeFrom(objectsDir);
  const take = attempt(() => load(likely));
  return (settings) => {
    if (isDeepStrictEqual(settings, likely)) return take();
    unload(take);
    return load(settings);
  };
}

/** Does it now, and tells what came of it later. */
function attempt<T>(work: () => T): () => T {
  try {
    const result = work();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function unload(take: () => LoadedSensor): void {
  try {
    take().object.close();
  } catch {
    // There is nothing to unload; whoever loads others hears why.
  }
}
