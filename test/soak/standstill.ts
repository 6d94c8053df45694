import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { totalLost } from '../../src/agent/lost.ts';
import { residentMb } from '../bench/cpu.ts';
import { run } from '../driver/command.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import type { Losses } from './losses.ts';
import type { Hands } from './operator.ts';
import { goHome, typeInto } from './screenWalk.ts';

/** How long Trigon is stopped, while the load goes on. */
const SECONDS = 60;
/** Past the dead-man deadline for sure. */
const LAPSED_MS = 5000;
/** What it may take more than before when it has caught up: what a screen keeps of events, and what is on its way there, are bounded. */
const GROWTH_MB = 160;
const CATCH_UP_MS = 60_000;

/**
 * SIGSTOP for a minute, then SIGCONT, under load. What was armed hits nobody meanwhile and is back to monitor afterwards, and the screen
 * says so; events are lost at most for causes that are counted; memory stays bounded; then all goes on as before, arming too.
 *
 * @param marker a program `brief` that nobody else runs, and that Trigon knows
 * @param signal goes on at once
 */
export async function standStill(
  hands: Hands,
  losses: Losses,
  marker: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { subject, rules, ledger } = hands;
  const { app, pid } = subject;
  const [rule] = rules.all;
  await goHome(app);
  await rules.armBySocket(rule);
  await rules.prove(rule);
  const before = residentMb(pid);
  process.kill(pid, 'SIGSTOP');
  try {
    if (!(await until(() => isStopped(pid)))) throw new Error('it does not stop');
    await sleep(LAPSED_MS);
    await rules.proveSpared(rule);
    await sleep(SECONDS * 1000 - LAPSED_MS, undefined, { signal }).catch(() => {});
    await rules.proveSpared(rule);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await rules.expectDisarmed();
  await app.waitFor(([header = '']) => header.includes('live') && !header.includes('ARMED'), {
    timeoutMs: LIMIT_MS,
  });
  await caughtUp(hands, marker);
  await losses.explain();
  const grown = residentMb(pid) - before;
  if (grown > GROWTH_MB)
    ledger.fail(`stopped for ${SECONDS} s: it takes ${grown.toFixed(0)} MB more than before`);
  // Notices go after some seconds, and others may come; what was done to policies stands in the stream.
  await goHome(app);
  await typeInto(app, 'row.filter', 'filter: ', 'event:journal');
  await app.waitFor(
    (rows) => rows.some((row) => row.includes('lapsed') && row.includes(rule.name)),
    {
      timeoutMs: LIMIT_MS,
    },
  );
  await goHome(app);
  await rules.armBySocket(rule);
  await rules.prove(rule);
  await rules.set(rule, 'monitor');
  ledger.count(`stopped for ${SECONDS} s, then continued`);
}

/** Ends when a process of now is told, and no event was lost for a while: then what lay in the ring is read and has been passed on. */
async function caughtUp({ subject, ledger }: Hands, marker: string): Promise<void> {
  const before = await subject.execsOf(marker);
  const isTold = async () => {
    await run(marker, ['0']);
    return (await subject.execsOf(marker)) > before;
  };
  let lost = -1;
  const isSteady = async () => {
    const before = lost;
    lost = totalLost((await subject.stats()).lost);
    return lost === before;
  };
  if (!(await until(isTold, { limitMs: CATCH_UP_MS, everyMs: 500 })))
    ledger.fail(`stopped for ${SECONDS} s: what happens afterwards is not told`);
  else if (!(await until(isSteady, { limitMs: CATCH_UP_MS, everyMs: 2000 })))
    ledger.fail(`stopped for ${SECONDS} s: it goes on to lose events`);
}

const isStopped = (pid: number): boolean =>
  /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
