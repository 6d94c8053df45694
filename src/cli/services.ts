import type { AgentOptions } from '../agent/messages.ts';
import { enrichmentOf } from './enrichmentValues.ts';
import { exportOf } from './exportValues.ts';
import { grpcOf } from './grpcValues.ts';
import { metricsOf } from './metricsValues.ts';
import type { OptionValues } from './optionValues.ts';
import { redactionOf } from './redactionOption.ts';

/** What an agent does beside showing events. */
export type Services = Pick<
  AgentOptions,
  'exportFile' | 'record' | 'redaction' | 'grpc' | 'metrics' | 'enrichment'
>;

/** Of SERVICE_OPTIONS. @param isAgent for `trigon agent`, which has its own defaults @throws UsageError */
export function servicesOf(values: OptionValues, isAgent: boolean): Services {
  return {
    enrichment: enrichmentOf(values),
    metrics: metricsOf(values),
    record: values.text('record') || undefined,
    exportFile: exportOf(values),
    redaction: redactionOf(values),
    grpc: grpcOf(values, isAgent),
  };
}
