import { expect } from 'vitest';
import { type AppOptions, type AppSession, startApp } from '../../driver/app.ts';
import { createTarget, type Target } from './target.ts';

export type Armed = { readonly app: AppSession; readonly target: Target };

/** Starts the program with a policy, arms it by keys, and sees that it kills. */
export async function startArmed(options: AppOptions = {}): Promise<Armed> {
  const target = createTarget();
  const app = await startApp(['--policy', target.policy], { columns: 120, rows: 40, ...options });
  await arm(app, target);
  expect(await target.survives()).toBe(false);
  return { app, target };
}

export async function arm(app: AppSession, target: Target): Promise<void> {
  app.command('view.policies');
  await app.waitForText(target.policyName);
  app.command('policy.arm');
  await app.waitForText('[5 min]');
  app.enter(target.policyName);
  await app.waitFor((screen) => (screen[0] ?? '').includes('1 ARMED'));
}

/** Modes that a shell expects. */
export const SANE_MODES = ['icanon', 'echo', 'isig', 'onlcr', 'icrnl', 'ixon', 'opost'];
