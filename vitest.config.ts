import { defineConfig } from 'vitest/config';

const tests = (folder: string) => `test/${folder}/**/*.test.{ts,tsx}`;
const shared = {
  pool: 'forks',
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Policies that this host has for itself are no part of a test.
  env: { TRIGON_POLICY_PATH: 'none' },
};

/**
 * Two groups, one after the other. Pure tests run side by side. All others (the kernel's hooks see
 * every process of the machine, screens are timed) run alone, file by file.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'pure',
          include: [tests('unit'), tests('conformance')],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [tests('unit'), tests('conformance'), '**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
