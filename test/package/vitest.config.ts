import { defineConfig } from 'vitest/config';

/** Of `npm run test:package`: what was packaged, as others get it. Each file waits for chroots, VMs and installations. */
export default defineConfig({
  test: {
    name: 'package',
    include: ['test/package/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    env: { TRIGON_POLICY_PATH: 'none', TRIGON_AGENT_SOCKET: 'none' },
  },
});
