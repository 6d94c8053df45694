import type { SensorSettings } from '../agent/aheadSensor.ts';
import { RING_BYTES } from './ringBytes.ts';

/** The options that decide what the sensor's programs are loaded with. */
export const SENSOR_OPTIONS = [
  'cgroup-rate',
  'enable-process-environment-variables',
  'rb-size-total',
] as const;

/**
 * What the sensor of a screen is loaded with, as far as can be told without reading the options: a file may say otherwise, but hardly any
 * does. undefined: the command line or the environment says something of it.
 */
export function likelySensor(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SensorSettings | undefined {
  const isSaid = SENSOR_OPTIONS.some(
    (name) =>
      env[`TRIGON_${name.toUpperCase().replaceAll('-', '_')}`] !== undefined ||
      args.some((text) => text.includes(name)),
  );
  return isSaid ? undefined : { ringBytes: RING_BYTES, environment: false, cgroupRate: undefined };
}
