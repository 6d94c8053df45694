/** Of the ring that an agent's records go through, unless --rb-size-total says otherwise. 16 MiB: a second of 45,000 execs. */
export const RING_BYTES = 16 << 20;
