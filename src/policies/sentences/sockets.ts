import { protocolName } from '../../events/networkNames.ts';
import type { ArgumentFilter } from '../model.ts';
import { type Names, nameFrom } from './numberNames.ts';
import { type Case, filtersOn, listed, type Slot } from './template.ts';

/** Numbers whose meaning hangs on the number before them: protocols of a family, options of a level. */

/** NETLINK_* (linux/netlink.h). */
const NETLINK_PROTOCOLS: Names = new Map([
  [0, 'routes and links (NETLINK_ROUTE)'],
  [4, 'socket listings (NETLINK_SOCK_DIAG)'],
  [6, 'IPsec (NETLINK_XFRM)'],
  [9, 'audit (NETLINK_AUDIT)'],
  [11, 'kernel connectors (NETLINK_CONNECTOR)'],
  [12, 'packet filters (NETLINK_NETFILTER)'],
  [15, 'device events (NETLINK_KOBJECT_UEVENT)'],
  [16, 'generic netlink (NETLINK_GENERIC)'],
]);

/** SO_* (asm-generic/socket.h) of level SOL_SOCKET. */
const SOCKET_OPTIONS: Names = new Map([
  [25, 'SO_BINDTODEVICE'],
  [26, 'SO_ATTACH_FILTER'],
  [36, 'SO_MARK'],
  [50, 'SO_ATTACH_BPF'],
]);
/** Of levels IPPROTO_IP and IPPROTO_IPV6 (linux/netfilter_ipv4/ip_tables.h). */
const TABLE_OPTIONS: Names = new Map([[64, 'the packet filter’s rules (IPT_SO_SET_REPLACE)']]);

const NETLINK = 16n;

const numbersOf = (filter: ArgumentFilter | undefined): bigint[] =>
  filter?.operator === 'Equal' && filter.values.kind === 'ranges'
    ? filter.values.ranges.flatMap(([low, high]) => (low === high ? [low] : []))
    : [];

const equalOn = (about: Case, index: number): ArgumentFilter | undefined =>
  filtersOn(about, index).find((filter) => numbersOf(filter).length > 0);

export const SOCKETS = {
  /** The family, which is the argument two before, may have been told already. */
  protocol: {
    isVerb: false,
    words: (about, index) => {
      const filter = equalOn(about, index);
      if (!filter) return 'any protocol';
      about.told.add(filter);
      const family = about.selector?.matchArgs.find(
        (each) => about.hook.args[each.arguments[0] ?? 0]?.index === index - 2 + about.before,
      );
      const isNetlink = numbersOf(family).every((number) => number === NETLINK) && family;
      const names = numbersOf(filter).map((number) =>
        isNetlink
          ? nameFrom(NETLINK_PROTOCOLS, (value) => `netlink protocol ${value}`)(number)
          : protocolName(Number(number)).replace('IPPROTO_', ''),
      );
      return listed(names, about.shown);
    },
  },
  /** With the level, which is the argument before. */
  option: {
    isVerb: false,
    words: (about, index) => {
      const [level, option] = [equalOn(about, index - 1), equalOn(about, index)];
      const levels = numbersOf(level);
      const names = levels.every((number) => number === 1n)
        ? SOCKET_OPTIONS
        : levels.every((number) => number === 0n || number === 41n)
          ? TABLE_OPTIONS
          : undefined;
      const words = numbersOf(option).map((number) => names?.get(Number(number)));
      const known = words.filter((word) => word !== undefined);
      if (!level || !option || known.length < words.length) return 'an option';
      about.told.add(level).add(option);
      return listed(known, about.shown);
    },
  },
} satisfies Record<string, Slot>;
