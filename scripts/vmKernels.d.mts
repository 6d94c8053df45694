/** The folder that a kernel's package was unpacked in; undefined: it has not been fetched. */
export function findVmKernel(name: '6.1' | '6.12'): string | undefined;
