import { isIP } from 'node:net';
import type { MetricsOptions } from '../agent/messages.ts';
import { choice, type OptionValues, UsageError } from './optionValues.ts';

/** Only this host can read what lies open here. */
const LOOPBACK = '127.0.0.1';
/** Tetragon's. Those of Kubernetes are no labels of ours, which Prometheus takes for empty ones. */
const LABELS = ['namespace', 'workload', 'pod', 'binary'] as const;

function labelsOf(values: OptionValues): readonly string[] {
  const given = values.list('metrics-label-filter');
  if (given.length === 0) return LABELS;
  return given.map((label) => choice('--metrics-label-filter', label, LABELS));
}

const MAX_PORT = 65_535;

/** `:2112`, `2112`, `127.0.0.1:2112`, `[::1]:2112`; '' is none, as in Tetragon's configuration. @throws UsageError */
export function metricsOf(values: OptionValues): MetricsOptions | undefined {
  const text = values.text('metrics-server');
  if (text === undefined || text === '') return undefined;
  const [, bracketed, plain, digits = ''] =
    /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? '';
  const isHost = host === '' || host === 'localhost' || isIP(host) !== 0;
  if (digits === '' || port > MAX_PORT || !isHost)
    throw new UsageError(
      `--metrics-server must be an address such as :2112 or 127.0.0.1:2112, not "${text}"`,
    );
  return {
    host: host === '' || host === 'localhost' ? LOOPBACK : host,
    port,
    perBinary: labelsOf(values).includes('binary'),
  };
}
