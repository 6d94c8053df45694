import { resolve } from 'node:path';
import type { GrpcOptions } from '../agent/messages.ts';
import { parseGrpcAddress } from '../grpc/address.ts';
import { type OptionValues, UsageError } from './optionValues.ts';

/** Where `trigon agent` serves it unless it is told otherwise. */
const AGENT_ADDRESS = 'unix:///run/trigon/tetragon.sock';

const TLS_OPTIONS = [
  'server-tls-cert-file',
  'server-tls-key-file',
  'server-tls-client-ca-files',
] as const;

/** `none` and '' are none, as in Tetragon's configuration. @throws UsageError */
export function grpcOf(values: OptionValues, isAgent: boolean): GrpcOptions | undefined {
  const usual = isAgent ? AGENT_ADDRESS : '';
  const given = values.text('server-address') ?? usual;
  const address = !values.isGiven('server-address') && isOpen(given, values) ? usual : given;
  if (address === '' || address === 'none') {
    refuseTls(values, 'says nothing without --server-address HOST:PORT');
    return undefined;
  }
  if (kindOf(address) === 'unix') {
    refuseTls(values, 'is for an address of the network, and not for a socket');
    return { address };
  }
  const [certificate = '', key = ''] = TLS_OPTIONS.map((name) => values.text(name) ?? '');
  const clientAuthorities = values.list('server-tls-client-ca-files');
  if (certificate === '' || key === '' || clientAuthorities.length === 0)
    throw new UsageError(
      `--server-address ${address} needs ${TLS_OPTIONS.map((name) => `--${name}`).join(', ')}: whoever reaches it, any user of this host on the loopback, could load and arm policies as root`,
    );
  return {
    address,
    tls: {
      certificate: resolve(certificate),
      key: resolve(key),
      clientAuthorities: clientAuthorities.map((file) => resolve(file)),
    },
  };
}

/** Tetragon's own default: its configuration says so without anybody having thought of it. */
export const TETRAGON_ADDRESS = 'localhost:54321';
const isOpen = (address: string, values: OptionValues): boolean =>
  address === TETRAGON_ADDRESS && values.text('server-tls-cert-file') === undefined;

/** What is served in the place of Tetragon's own default, where a file says that. */
export const SERVED_INSTEAD = `not used: any user of this host could load policies there; "trigon agent" serves ${AGENT_ADDRESS}`;

function kindOf(address: string): 'unix' | 'tcp' {
  try {
    return parseGrpcAddress(address).kind;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--server-address: ${reason}`);
  }
}

function refuseTls(values: OptionValues, reason: string): void {
  const lone = TLS_OPTIONS.find((name) => values.isGiven(name));
  if (lone !== undefined) throw new UsageError(`--${lone} ${reason}`);
}
