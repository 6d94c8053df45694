/** LSM hooks whose function is not called security_ and the hook's name. */
const LSM_FUNCTIONS: Readonly<Record<string, string>> = {
  bprm_check_security: 'security_bprm_check',
};

/** The function through which the kernel calls an LSM hook: `security_file_open` of `file_open`. */
export const functionOfLsmHook = (hook: string): string =>
  (Object.hasOwn(LSM_FUNCTIONS, hook) ? LSM_FUNCTIONS[hook] : undefined) ?? `security_${hook}`;
