import type { ArgumentFilter } from '../model.ts';
import { valueTexts } from '../words/values.ts';
import { argumentOf, type Case, filtersOn, listed, type Slot, textCondition } from './template.ts';

/** Where a socket or packet goes to or comes from, with a blank before: ` over UDP to port 53 of 10.0.0.1`. */

/** Words before the far and the near end; `implied`: a protocol that is told by the verb. */
const between = (
  far: string,
  near: string,
  farIs: 'destination' | 'source' = 'destination',
  implied = '',
): Slot => ({
  isVerb: false,
  words: (about, index) => {
    const filters = filtersOn(about, index);
    const take = (...operators: string[]): ArgumentFilter[] => {
      const taken = filters.filter(({ operator }) => operators.includes(operator));
      for (const filter of taken) about.told.add(filter);
      return taken;
    };
    const [first] = filters;
    // A sockaddr has one address only, which the language calls its source.
    const isAddress = first !== undefined && argumentOf(about.hook, first)?.type === 'sockaddr';
    const farLetter = farIs === 'source' || isAddress ? 'S' : 'D';
    const end = (letter: string): string =>
      place(
        take(`${letter}Addr`, `Not${letter}Addr`),
        take(`${letter}Port`, `Not${letter}Port`, `${letter}PortPriv`, `Not${letter}PortPriv`),
        about,
      );
    const ways = take('Protocol')
      .map((filter) => namesOf(filter, about))
      .filter((names) => names !== implied)
      .map((names) => ` over ${names}`);
    const families = take('Family').map((filter) => ` by ${namesOf(filter, about, FAMILIES)}`);
    const states = take('State').map((filter) => ` in the state ${namesOf(filter, about)}`);
    const farEnd = end(farLetter);
    const nearEnd = isAddress ? '' : end(farLetter === 'D' ? 'S' : 'D');
    const paths = filters
      .filter(({ values }) => values.kind === 'texts')
      .map((filter) => ` ${far} ${unixSocket(filter, about)}`);
    return [
      ...states,
      ...paths,
      ...ways,
      ...families,
      ...(farEnd ? [` ${far} ${farEnd}`] : []),
      ...(nearEnd ? [` ${near} ${nearEnd}`] : []),
    ].join('');
  },
});

/** Families as people call them. */
const FAMILIES: Readonly<Record<string, string>> = {
  AF_INET: 'IPv4',
  AF_INET6: 'IPv6',
  AF_UNIX: 'a Unix socket',
  AF_NETLINK: 'netlink',
  AF_PACKET: 'a packet socket',
};

/** Of a sockaddr_un. */
function unixSocket(filter: ArgumentFilter, about: Case): string {
  about.told.add(filter);
  return filter.operator === 'Equal'
    ? namesOf(filter, about)
    : `a Unix socket ${textCondition(filter, 'path', about) ?? ''}`;
}

const namesOf = (
  { operator, values }: ArgumentFilter,
  { shown }: Case,
  names: Readonly<Record<string, string>> = {},
): string =>
  listed(
    valueTexts(undefined, operator, values).map((name) => names[name] ?? name),
    shown,
  );

function place(
  addresses: readonly ArgumentFilter[],
  ports: readonly ArgumentFilter[],
  about: Case,
): string {
  const address = addressWords(addresses, about);
  const port = [...ports]
    .sort((a, b) => Number(isDenied(a)) - Number(isDenied(b)))
    .map((filter, at) =>
      at > 0 && isDenied(filter) ? `but not ${namesOf(filter, about)}` : portWords(filter, about),
    )
    .join(' ');
  return port && address ? `${port} of ${address}` : port || address;
}

function addressWords(filters: readonly ArgumentFilter[], about: Case): string {
  const [only] = filters;
  if (filters.length === 1 && only && !isDenied(only) && areHosts(only))
    return namesOf(only, about);
  const conditions = filters.map((filter) => {
    const word = isDenied(filter) ? (areHosts(filter) ? 'other than' : 'outside') : 'in';
    return `${word} ${namesOf(filter, about)}`;
  });
  if (conditions.length === 0) return '';
  const words = `an address ${conditions.join(' and ')}`;
  about.nouns.push({ words, key: words, again: 'such an address' });
  return words;
}

const isDenied = ({ operator }: ArgumentFilter): boolean => operator.startsWith('Not');

const areHosts = ({ values }: ArgumentFilter): boolean =>
  values.kind === 'addresses' &&
  values.addresses.every(({ address, prefix }) => prefix === address.length * 8);

function portWords(filter: ArgumentFilter, about: Case): string {
  if (filter.operator.endsWith('Priv'))
    return isDenied(filter) ? 'a port from 1024 on' : 'a port below 1024';
  return `${isDenied(filter) ? 'a port other than' : 'port'} ${namesOf(filter, about)}`;
}

/** Slots that tell all that can be asked of the ends of a connection or packet. */
export const PLACES = {
  /** Of what a process sends or connects. */
  to: between('to', 'from'),
  tcpTo: between('to', 'from', 'destination', 'TCP'),
  /** Of what it receives on its socket. */
  from: between('from', 'on'),
  tcpFrom: between('from', 'on', 'destination', 'TCP'),
  /** Of a packet that comes in. */
  arriving: between('from', 'for', 'source'),
  /** Of a socket that waits for others. */
  at: between('with', 'on'),
  tcpAt: between('with', 'on', 'destination', 'TCP'),
} satisfies Record<string, Slot>;
