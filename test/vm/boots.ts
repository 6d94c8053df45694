/** How the VMs of the suite are booted. `kernel` is a name of scripts/vmKernels.mjs. */
export const BOOTS = {
  '6.1': { kernel: '6.1', append: '' },
  '6.12': { kernel: '6.12', append: '' },
  '6.12-lockdown': { kernel: '6.12', append: 'lockdown=confidentiality' },
} as const;

export type BootName = keyof typeof BOOTS;

export const BOOT_NAMES: readonly BootName[] = ['6.1', '6.12', '6.12-lockdown'];

export const isBootName = (text: string): text is BootName => Object.hasOwn(BOOTS, text);

/** Those on which nothing is locked down. */
export const STOCK: readonly BootName[] = ['6.1', '6.12'];
