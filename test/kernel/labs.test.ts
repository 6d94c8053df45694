/** All labs for real: each attack is seen, armed it is killed or refused, and nothing of it is left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NO_DETAIL_OPTIONS } from '../../src/agent/messages.ts';
import { startAttack } from '../../src/labs/attack.ts';
import { createLabReader, labFile, labNames } from '../../src/labs/catalog.ts';
import type { Lab } from '../../src/labs/lab.ts';
import { attackProgram, labFolder } from '../../src/labs/places.ts';
import { playLab } from '../../src/labs/play.ts';
import { until } from '../driver/until.ts';

const readLabFile = createLabReader();

function labNamed(name: string): Lab {
  const { lab } = readLabFile(labFile(name));
  if (!lab) throw new Error(`${name} has errors`);
  return lab;
}

const play = (lab: Lab, stepMs?: number) =>
  playLab(
    lab,
    {
      node: 'test-node',
      output: { kind: 'records' },
      ringBytes: 4 << 20,
      policies: [],
      variables: { LAB: labFolder() },
      allowNetworkActions: false,
      detail: NO_DETAIL_OPTIONS,
      protect: [],
    },
    stepMs,
  );

/** Processes that run a program below the folder. */
function runningBelow(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(`${folder}/`);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}

test.each(labNames())(
  '%s is played to its end',
  async (name) => {
    const lab = labNamed(name);
    const played = await play(lab);
    expect(played).toEqual({
      lab: name,
      ok: true,
      steps: lab.steps.length,
      passed: lab.steps.length,
      why: '',
    });
    expect(existsSync(labFolder())).toBe(false);
    expect(runningBelow(labFolder())).toEqual([]);
  },
  60_000,
);

test('what the attacks write is not on the host', async () => {
  expect(existsSync('/etc/cron.d/updater')).toBe(false);
  const script = labNamed('cron-persistence').scripts.get('plant') ?? [];
  const attack = startAttack(attackProgram(), script, labFolder());
  expect(await attack.ended).toMatchObject({ ending: 'done' });
  expect(existsSync('/etc/cron.d/updater')).toBe(false);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(labFolder());
});

test('an attack that is stopped is gone, with all its processes', async () => {
  const script = [
    ['as', `${labFolder()}/waiter`],
    ['rest', '9'],
  ];
  const attack = startAttack(attackProgram(), script, labFolder());
  expect(await until(() => runningBelow(labFolder()).length > 0)).toBe(true);
  attack.stop();
  expect(await until(() => runningBelow(labFolder()).length === 0)).toBe(true);
  expect(await attack.ended).toMatchObject({ ending: 'failed' });
});

test('a lab that can not be finished says what it waited for', async () => {
  const lab = labNamed('recon');
  const [first] = lab.steps;
  if (!first) throw new Error('recon has no steps');
  const never: Lab = {
    ...lab,
    steps: [
      {
        ...first,
        kind: 'run',
        script: 'look-around',
        checks: [{ kind: 'attack', ending: 'killed' }],
      },
    ],
  };
  const { ok, passed, why } = await play(never, 2000);
  expect({ ok, passed }).toEqual({ ok: false, passed: 0 });
  expect(why).toContain('still waits for the attack killed: it did all it wanted');
}, 60_000);
