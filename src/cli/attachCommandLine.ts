import { isIP } from 'node:net';
import type { TetragonTarget, TlsFiles } from '../agent/tetragon/client.ts';
import type { Config } from './config.ts';
import { type LookOptions, lookOptions } from './lookOptions.ts';
import { type OptionValues, UsageError } from './optionValues.ts';

export type AttachOptions = LookOptions & {
  readonly targets: readonly TetragonTarget[];
  readonly readOnly: boolean;
};

/** Agents at once: more than a screen can show. */
const MOST_AGENTS = 256;

/** @param words addresses. @throws UsageError */
export function attachOptions(
  words: readonly string[],
  values: OptionValues,
  config: Config,
): AttachOptions {
  const addresses = [...new Set(words.map(addressOf))];
  if (addresses.length === 0)
    throw new UsageError(
      'attach to what? It is "trigon attach unix:///run/tetragon/tetragon.sock" or "trigon attach HOST:PORT…"',
    );
  if (addresses.length > MOST_AGENTS)
    throw new UsageError(`attach: at most ${MOST_AGENTS} agents at once, not ${addresses.length}`);
  const tls = tlsFiles(values);
  const numeric = addresses.find((address) => isIP(hostOf(address)) > 0);
  // Node refuses a numeric address as the name that a certificate is asked for (RFC 6066 has none).
  if (tls && tls.serverName === undefined && numeric !== undefined)
    throw new UsageError(
      `attach: ${numeric} is a number, and certificates are asked for by name: use the host's name, or --tls-server-name`,
    );
  return {
    ...lookOptions(values, config),
    targets: addresses.map((address) => ({ address, tls })),
    readOnly: values.isSet('read-only'),
  };
}

const hostOf = (address: string): string =>
  address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

function addressOf(word: string): string {
  if (/^unix:(\/\/)?\//.test(word)) return `unix://${word.replace(/^unix:(\/\/)?/, '')}`;
  if (word.startsWith('/')) return `unix://${word}`;
  const port = Number(/^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(word)?.[1]);
  if (port >= 1 && port <= 65_535) return word;
  throw new UsageError(
    `attach: "${word}" is no address; they are unix:///path, HOST:PORT or [IPV6]:PORT`,
  );
}

function tlsFiles(values: OptionValues): TlsFiles | undefined {
  const authorities = values.text('tls-ca-cert-files');
  const certificate = values.text('tls-cert-file');
  const key = values.text('tls-key-file');
  const serverName = values.text('tls-server-name');
  if ((certificate === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert-file and --tls-key-file belong together');
  if (authorities === undefined && certificate === undefined) {
    if (serverName !== undefined)
      throw new UsageError(
        '--tls-server-name needs --tls-ca-cert-files: without, nothing is encrypted',
      );
    return undefined;
  }
  return { authorities, certificate, key, serverName };
}
