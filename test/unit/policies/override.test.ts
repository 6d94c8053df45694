import { expect, test } from 'vitest';
import { isErrorNumber, overrideErrno } from '../../../src/policies/override.ts';

test.each([
  [-1, 1],
  [-111, 111],
  [-4095, 4095],
])('argError %i is errno %i', (argError, errno) => {
  expect([isErrorNumber(argError), overrideErrno(argError)]).toEqual([true, errno]);
});

test.each([undefined, 0, 1, 111, -4096, 0x7fff_ffff, -0x8000_0000])(
  'argError %s is no errno: EPERM',
  (argError) => {
    expect([isErrorNumber(argError), overrideErrno(argError)]).toEqual([false, 1]);
  },
);
