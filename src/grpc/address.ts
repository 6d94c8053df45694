/** Addresses of gRPC servers as Tetragon's options and tetra write them. */
import { escapeText } from '../events/text.ts';

export type GrpcAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/**
 * `unix:///run/trigon/tetragon.sock`, `localhost:54321`, `[::1]:54321`.
 *
 * @throws Error saying what is wrong with it
 */
export function parseGrpcAddress(text: string): GrpcAddress {
  if (text.startsWith('unix:')) {
    const path = text.startsWith('unix://') ? text.slice(7) : text.slice(5);
    if (!path.startsWith('/')) throw wrong(text, 'the path of a socket begins with /');
    return { kind: 'unix', path };
  }
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:/[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535) {
    throw wrong(text, 'write unix:///path/of.sock, host:port or [IPv6 address]:port');
  }
  return { kind: 'tcp', host: match[1] ?? (match[2] || '0.0.0.0'), port };
}

const wrong = (text: string, hint: string): Error =>
  new Error(`"${escapeText(text)}" is no address: ${hint}`);
