import { BlockList, isIP, SocketAddress } from 'node:net';
import { type CelFunc, CelScalar, celFunc, celMethod, objectType } from '@bufbuild/cel';
import { create, createFileRegistry, type DescMessage, type Message } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

/**
 * Addresses and networks in CEL as Kubernetes' libraries for it have them, which Tetragon has too: isIP(), ip(), isCIDR(), cidr() and
 * what can be asked of their values. A value is a message with its canonical text, so that equal ones are equal.
 */

const { BOOL, INT, STRING } = CelScalar;

const TYPES = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'addresses.proto',
    package: 'net',
    syntax: 'proto3',
    messageType: ['IP', 'CIDR'].map((name) => ({
      name,
      field: [
        {
          name: 'text',
          jsonName: 'text',
          number: 1,
          type: FieldDescriptorProto_Type.STRING,
          label: FieldDescriptorProto_Label.OPTIONAL,
        },
      ],
    })),
  }),
  () => undefined,
);

function typeOf(name: string): DescMessage {
  const type = TYPES.getMessage(name);
  if (!type) throw new TypeError(`no type ${name}`);
  return type;
}

const IP_DESC = typeOf('net.IP');
const CIDR_DESC = typeOf('net.CIDR');
const IP = objectType(IP_DESC);
const CIDR = objectType(CIDR_DESC);

export const ADDRESS_TYPES: readonly DescMessage[] = [IP_DESC, CIDR_DESC];

const make = (type: DescMessage, text: string): Message =>
  create(type, { text } as Parameters<typeof create>[1]);

/** Of a value that `make` made. */
const textOf = (value: { readonly message: unknown }): string =>
  (value.message as { readonly text: string }).text;

type Family = 'ipv4' | 'ipv6';
const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4');

/** As inet_ntop(3) writes it; undefined: no address. As in Kubernetes there are none with a zone, and no IPv4 ones in IPv6. */
function canonical(text: string): string | undefined {
  if (isIP(text) === 0 || text.includes('%')) return undefined;
  const { address } = new SocketAddress({ address: text, family: familyOf(text) });
  return address.startsWith('::ffff:') && address.includes('.') ? undefined : address;
}

type Network = { readonly address: string; readonly bits: number };

function readNetwork(text: string): Network | undefined {
  const [, written = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = canonical(written);
  const bits = Number(digits);
  const isNumber = String(bits) === digits;
  return address !== undefined && isNumber && bits <= widthOf(address)
    ? { address, bits }
    : undefined;
}

const widthOf = (address: string): number => (familyOf(address) === 'ipv6' ? 128 : 32);

function needAddress(text: string): string {
  const address = canonical(text);
  if (address === undefined) throw new Error(`"${text}" is no IP address`);
  return address;
}

function needNetwork(text: string): Network {
  const network = readNetwork(text);
  if (!network) throw new Error(`"${text}" is no network such as 10.0.0.0/8`);
  return network;
}

function isWithin(address: string, { address: base, bits }: Network): boolean {
  if (familyOf(address) !== familyOf(base)) return false;
  const list = new BlockList();
  list.addSubnet(base, bits, familyOf(base));
  return list.check(address, familyOf(address));
}

const contains = (outer: Network, inner: Network): boolean =>
  inner.bits >= outer.bits && isWithin(inner.address, outer);

/** Whether an address is in one of some networks. */
const within =
  (...networks: readonly string[]) =>
  (address: string): boolean =>
    networks.some((network) => isWithin(address, needNetwork(network)));

const isLoopback = within('127.0.0.0/8', '::1/128');
const isUnspecified = within('0.0.0.0/32', '::/128');
const isLinkLocalUnicast = within('169.254.0.0/16', 'fe80::/10');
const isLinkLocalMulticast = within('224.0.0.0/24', 'ff02::/16');
const isMulticast = within('224.0.0.0/4', 'ff00::/8');
const isBroadcast = within('255.255.255.255/32');

/** As Go's net/netip has it: private addresses are among them. */
const isGlobalUnicast = (address: string): boolean =>
  ![isLoopback, isUnspecified, isLinkLocalUnicast, isMulticast, isBroadcast].some((is) =>
    is(address),
  );

const ask = (name: string, test: (address: string) => boolean): CelFunc =>
  celMethod(name, IP, [], BOOL, function () {
    return test(textOf(this));
  });

export const ADDRESS_FUNCTIONS: readonly CelFunc[] = [
  celFunc('isIP', [STRING], BOOL, (text) => canonical(text) !== undefined),
  celFunc('ip', [STRING], IP, (text) => make(IP_DESC, needAddress(text))),
  celFunc('ip.isCanonical', [STRING], BOOL, (text) => needAddress(text) === text),
  celFunc('string', [IP], STRING, textOf),
  celMethod('family', IP, [], INT, function () {
    return familyOf(textOf(this)) === 'ipv6' ? 6n : 4n;
  }),
  ask('isUnspecified', isUnspecified),
  ask('isLoopback', isLoopback),
  ask('isLinkLocalUnicast', isLinkLocalUnicast),
  ask('isLinkLocalMulticast', isLinkLocalMulticast),
  ask('isGlobalUnicast', isGlobalUnicast),
  celFunc('isCIDR', [STRING], BOOL, (text) => readNetwork(text) !== undefined),
  celFunc('cidr', [STRING], CIDR, (text) => {
    const { address, bits } = needNetwork(text);
    return make(CIDR_DESC, `${address}/${bits}`);
  }),
  celFunc('string', [CIDR], STRING, textOf),
  celMethod('containsIP', CIDR, [IP], BOOL, function (address) {
    return isWithin(textOf(address), needNetwork(textOf(this)));
  }),
  celMethod('containsIP', CIDR, [STRING], BOOL, function (address) {
    return isWithin(needAddress(address), needNetwork(textOf(this)));
  }),
  celMethod('containsCIDR', CIDR, [CIDR], BOOL, function (inner) {
    return contains(needNetwork(textOf(this)), needNetwork(textOf(inner)));
  }),
  celMethod('containsCIDR', CIDR, [STRING], BOOL, function (inner) {
    return contains(needNetwork(textOf(this)), needNetwork(inner));
  }),
  celMethod('ip', CIDR, [], IP, function () {
    return make(IP_DESC, needNetwork(textOf(this)).address);
  }),
  celMethod('prefixLength', CIDR, [], INT, function () {
    return BigInt(needNetwork(textOf(this)).bits);
  }),
];
