/** Host names beside the addresses of events: hints that DNS answers gave, which anybody can send. Nothing is decided by them. */
import { escapeText, joinSafe, type SafeText } from './text.ts';
import type { Event, KprobeArgument } from './types.ts';

/** The name of an address, where it is known. */
export type HostName = (address: string) => string | undefined;

type Labels = Readonly<Record<string, string>>;

/** Names of the addresses in a hook's arguments, by address; undefined: none is known. */
export function hostNames(args: readonly KprobeArgument[], hostName: HostName): Labels | undefined {
  let names: Record<string, string> | undefined;
  for (const argument of args)
    for (const address of addressesOf(argument)) {
      const name = nameOf(address, hostName);
      if (name !== undefined) names = { ...names, [address]: name };
    }
  return names;
}

/** Names to show behind a line: of the far ends, or where these have none, of the near ones. Each once. */
export function shownNames(event: Event): readonly string[] {
  const names = event.trigon?.names;
  if (!names || !('args' in event)) return [];
  const of = (addresses: readonly string[]): string[] => [
    ...new Set(
      addresses.flatMap((address) => (Object.hasOwn(names, address) ? (names[address] ?? []) : [])),
    ),
  ];
  const far = of(event.args.flatMap((argument) => addressesOf(argument).slice(0, 1)));
  return far.length > 0 ? far : of(Object.keys(names));
}

/** An endpoint such as `192.0.2.1:443`, `[2001:db8::1]:443` with the name of its address behind it: `192.0.2.1:443 (example.com)`. */
export function namedEndpoint(text: SafeText, hostName: HostName | undefined): SafeText {
  const [, ipv6, ipv4] = ENDPOINT.exec(text) ?? [];
  const address = ipv6 ?? ipv4;
  const name = address === undefined || !hostName ? undefined : nameOf(address, hostName);
  return name === undefined ? text : joinSafe([text, escapeText(` (${name})`)]);
}

const ENDPOINT = /^(?:\[([0-9a-f:.]{2,45})\]|(\d{1,3}(?:\.\d{1,3}){3})):\d{1,5}$/;

/** An IPv6 socket shows the IPv4 address that it talks to as a part of one of its own. */
const MAPPED = '::ffff:';

const nameOf = (address: string, hostName: HostName): string | undefined =>
  hostName(address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address);

/** The far end first. */
function addressesOf(argument: KprobeArgument): readonly string[] {
  switch (argument.kind) {
    case 'sock_arg':
    case 'skb_arg':
      return [argument.value.daddr, argument.value.saddr];
    case 'sockaddr_arg':
      return [argument.value.addr];
    default:
      return [];
  }
}
