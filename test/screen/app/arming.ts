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
  await goToLimits(app);
  app.press('enter');
  await app.waitForText(NAME_PROMPT);
  app.enter(target.policyName);
  await app.waitFor((screen) => (screen[0] ?? '').includes('1 ARMED'));
}

/** From the dialog's first step to the one with time and fuse. */
export async function goToLimits(app: AppSession): Promise<void> {
  for (const step of ['1 of 4', '2 of 4']) {
    await app.waitForText(step);
    // Before the agent has answered there is nothing to go on with.
    await app.waitForText('Enter goes on');
    app.press('enter');
  }
  await app.waitForText('[5 min]');
}

export const NAME_PROMPT = 'Type the policy';
