import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const tests = (folder: string) => `test/${folder}/**/*.test.{ts,tsx}`;
const PURE = ['unit', 'screens', 'screen/terminal'].map(tests);
const SITTING = ['robots', 'screen/app', 'fuzz'].map(tests);
const shared = {
  pool: 'forks',
  // Of several waits, each with a limit of its own (test/driver/until.ts): it only ends a test that hangs.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // Policies that this host has for itself, and an agent that runs here, are no part of a test.
  env: { TRIGON_POLICY_PATH: 'none', TRIGON_AGENT_SOCKET: 'none' },
};

/**
 * Three groups, one after the other; test/package has a run of its own (npm run test:package). Pure tests run side by side, as many as there are CPUs (vitest by itself leaves one of them out,
 * of two the half). Those that look at the kernel's hooks, which see every process of the machine, run alone, file by file. Those
 * that sit at a screen of the real program wait most of the time, and look for what they did themselves: two files at once.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'pure',
          include: PURE,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...PURE, ...SITTING, 'test/package/**', '**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'sitting',
          include: SITTING,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
