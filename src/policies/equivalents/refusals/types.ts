/** System calls that are refused in the same LSM hooks. */
export type Refusal = {
  syscalls: readonly string[];
  /**
   * Hooks that the calls come to before they have any effect; which of them a call comes to first may depend on its arguments.
   * Those that the kernel at hand has not are left out: `since` in the comments of the lists says which are younger than 5.15.
   */
  hooks: readonly string[];
  /** On kernels that have none of them. */
  instead?: readonly string[];
  notes?: readonly string[];
  /** The hook's default result (include/linux/lsm_hook_defs.h) where it is an error: with this one the call goes on. */
  silentErrno?: number;
};
