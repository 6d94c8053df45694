/** EPERM: what a refused call gets when the policy names no error that a call can have. */
const NOT_PERMITTED = 1;

/** MAX_ERRNO of the kernel (linux/err.h): no system call returns a greater one. */
const MAX_ERRNO = 4095;

/** Whether `argError` is an error number as Tetragon's policies write it: -1 is EPERM. */
export const isErrorNumber = (argError: number | undefined): argError is number =>
  argError !== undefined && argError < 0 && argError >= -MAX_ERRNO;

/** The positive errno with which Override refuses a call. */
export const overrideErrno = (argError: number | undefined): number =>
  isErrorNumber(argError) ? -argError : NOT_PERMITTED;
