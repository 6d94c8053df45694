/** Linux capabilities under the names that Tetragon's events and policies use. */

/**
 * By capability number. Number 1 has no `CAP_` prefix: so it stands in Tetragon's protobuf enum,
 * hence in its JSON and its policies.
 */
export const CAPABILITIES = [
  'CAP_CHOWN',
  'DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** The number of CAP_SYS_ADMIN. */
export const CAP_SYS_ADMIN_NUMBER = 21;

/** Names of the capabilities set in a kernel mask (bit n = capability n), lowest first. */
export const capabilitiesFromMask = (mask: bigint): Capability[] =>
  CAPABILITIES.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n);

/** The kernel mask of a set of capability names. */
export const capabilityMask = (names: readonly Capability[]): bigint =>
  names.reduce((mask, name) => mask | (1n << BigInt(CAPABILITIES.indexOf(name))), 0n);

/** The name as the kernel and capabilities(7) spell it: always with `CAP_`. */
export const kernelCapabilityName = (name: Capability): string =>
  name === 'DAC_OVERRIDE' ? 'CAP_DAC_OVERRIDE' : name;

/** A mask as `kernel_cap_t_arg` and its kin show it: 16 lower-case hex digits. */
export const formatCapabilityMask = (mask: bigint): string =>
  BigInt.asUintN(64, mask).toString(16).padStart(16, '0');
