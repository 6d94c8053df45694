import { available, rawTracepoint } from './points.ts';
import {
  constant,
  deviceOfPacket,
  isFamily,
  netDevice,
  number,
  skb,
  sock,
  sockOfPacket,
} from './sources.ts';
import type { Equivalent, EquivalentPoint } from './types.ts';

const AF_INET = 2;
const AF_INET6 = 10;
/** enum cgroup_bpf_attach_type, include/linux/bpf-cgroup-defs.h */
const INGRESS = 0;
const EGRESS = 1;

const GOES_ON =
  'the packet goes on its way; a process dies only where the packet was sent by its own call';
const SENDER =
  'packets are sent in interrupts too: the process at hand is then not the sender, and no action hits it';
const AFTER_FILTERS = [
  'told when a packet is queued to a device: one that netfilter drops is not told, and one that is only forwarded is',
  SENDER,
];

const packets = (
  functions: readonly string[],
  parameters: readonly string[],
  ...points: EquivalentPoint[]
): Equivalent => ({
  functions,
  parameters,
  find: (host) =>
    available(
      host,
      { tell: points },
      {
        reason: `this kernel has none of the tracepoints ${points.map(({ obtained }) => obtained.replace('raw tracepoint ', '')).join(', ')}`,
        remedy: undefined,
      },
    ),
});

const queued = (parameters: EquivalentPoint['parameters'], ...families: number[]) =>
  rawTracepoint('net_dev_queue', parameters, {
    requires: families.map((family) => isFamily(skb(0), family)),
    differs: AFTER_FILTERS,
    sigkill: GOES_ON,
  });

const received = (parameters: EquivalentPoint['parameters']) =>
  rawTracepoint('netif_receive_skb', parameters, {
    differs: ['told when a packet arrives, before its socket is known', SENDER],
    sigkill: GOES_ON,
  });

const output = (functions: readonly string[], family: number) =>
  packets(functions, ['net', 'sk', 'skb'], queued([undefined, sockOfPacket(0), skb(0)], family));

export const PACKETS: readonly Equivalent[] = [
  output(
    ['ip_output', 'ip_mc_output', 'ip_finish_output', '__ip_local_out', 'ip_local_out'],
    AF_INET,
  ),
  output(['ip6_output', 'ip6_finish_output', 'ip6_local_out'], AF_INET6),
  packets(
    ['__cgroup_bpf_run_filter_skb'],
    ['sk', 'skb', 'type'],
    queued([sockOfPacket(0), skb(0), constant(EGRESS)]),
    received([undefined, skb(0), constant(INGRESS)]),
  ),
  packets(['sk_filter_trim_cap'], ['sk', 'skb', 'cap'], received([undefined, skb(0), undefined])),
  packets(['dev_queue_xmit', '__dev_queue_xmit'], ['skb'], queued([skb(0)])),
  packets(
    ['dev_hard_start_xmit'],
    ['first', 'dev', 'txq'],
    rawTracepoint('net_dev_start_xmit', [skb(0), netDevice(1), undefined], {
      differs: ['told once a packet, not once a chain of packets', SENDER],
      sigkill: GOES_ON,
    }),
  ),
  packets(['netif_receive_skb', '__netif_receive_skb'], ['skb'], received([skb(0)])),
  packets(['ip_rcv', 'ipv6_rcv'], ['skb', 'dev'], received([skb(0), deviceOfPacket(0)])),
  packets(
    ['kfree_skb_reason', '__kfree_skb_reason'],
    ['skb', 'reason'],
    rawTracepoint('kfree_skb', [skb(0), number(2)], {
      differs: [SENDER],
      sigkill: GOES_ON,
    }),
  ),
  packets(
    ['sk_skb_reason_drop'],
    ['sk', 'skb', 'reason'],
    rawTracepoint('kfree_skb', [sock(3), skb(0), number(2)], {
      differs: [SENDER],
      sigkill: GOES_ON,
    }),
  ),
  packets(
    ['kfree_skb', '__kfree_skb'],
    ['skb'],
    rawTracepoint('kfree_skb', [skb(0)], { differs: [SENDER], sigkill: GOES_ON }),
  ),
  packets(
    ['consume_skb'],
    ['skb'],
    rawTracepoint('consume_skb', [skb(0)], { differs: [SENDER], sigkill: GOES_ON }),
  ),
];
