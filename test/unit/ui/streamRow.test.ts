import { describe, expect, test } from 'vitest';
import type { Event, EventExtension } from '../../../src/events/types.ts';
import type { Severity } from '../../../src/policies/model.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { plainLine, streamRow } from '../../../src/ui/views/streamRow.ts';
import { file, int, kprobe, string } from '../events/helpers.ts';
import { DARK, plain } from './samples.ts';

const LOOK = {
  theme: DARK,
  userNames: new Map<number, string>(),
  severities: new Map<string, Severity>([['grave', 'critical']]),
};
const row = (event: Event, width = 100, ascii = false) =>
  plain(streamRow(event, false, { ...LOOK, width, ascii })).replace(/^ [\d:.]+ {2}/, '');

const write = (trigon: EventExtension): Event =>
  kprobe('security_file_permission', [file('/etc/x'), int(2)], { policyName: 'guard', trigon });

describe('what became of an action', () => {
  test.each<[EventExtension, string]>([
    [{ outcome: 'applied', signal: 'SIGKILL' }, 'KILLED'],
    [{ outcome: 'applied', signal: 'SIGTERM' }, 'SIGNALLED SIGTERM'],
    [{ outcome: 'applied', error: 'EPERM' }, 'DENIED EPERM'],
    [{ outcome: 'withheld', signal: 'SIGKILL' }, 'would kill'],
    [{ outcome: 'withheld', error: 'EACCES' }, 'would deny EACCES'],
    [{ outcome: 'skipped', outcomeReason: 'protected process' }, 'spared: protected process'],
    [{ outcome: 'skipped', outcomeReason: 'wrong-context' }, 'skipped: wrong-context'],
    [
      { outcome: 'failed', outcomeReason: 'the kernel refused the signal' },
      'failed: the kernel refused the signal',
    ],
  ])('%j: %s', (trigon, badge) => {
    expect(row(write(trigon)).trim()).toBe(`📝 write   ${badge} /b /etc/x  ‹guard›`);
    expect(plainLine(write(trigon))).toContain(`write ${badge} /b /etc/x  ‹guard›`);
  });

  test('nothing is said where nothing was asked for', () => {
    expect(row(write({ mode: 'monitor' })).trim()).toBe('📝 write   /b /etc/x  ‹guard›');
  });
});

describe('arguments of a hook', () => {
  const call = (text: string) =>
    kprobe('do_it', [string(text), int(7)], { policyName: 'p', trigon: {} });

  test('are shown, and are what is cut first', () => {
    expect(row(call('short')).trim()).toBe('❓ syscall /b do_it short 7  ‹p›');
    const narrow = row(call('x'.repeat(500)), 80);
    expect(narrow).toMatch(/do_it x+… 7 {2}‹p›$/);
  });

  test.each([20, 40, 80, 200])('width %i: never wider, and harmless', (width) => {
    for (const text of ['\u001b[2J', '主机'.repeat(100), 'a\nb', '\u202e'])
      for (const ascii of [false, true]) {
        const line = row(call(text), width, ascii);
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
  });
});

describe('a cgroup over its limit', () => {
  const throttle = (type: 'THROTTLE_START' | 'THROTTLE_STOP', cgroup = 'a.scope'): Event => ({
    ...{ kind: 'process_throttle', nodeName: 'n', time: 0n },
    type,
    cgroup,
  });

  test('says where it begins and ends', () => {
    expect(row(throttle('THROTTLE_START')).trim()).toBe('🧬 throttle START a.scope');
    expect(row(throttle('THROTTLE_STOP'), 100, true).trim()).toBe('throttle STOP  a.scope');
  });

  test('a name is hostile text', () => {
    expect(row(throttle('THROTTLE_START', 'a\x1b[2J'))).not.toContain('\x1b');
  });
});

test('the policy stands behind its event in the colour of its severity, and in words', () => {
  const event = (policyName: string) => kprobe('security_file_permission', [], { policyName });
  expect(row(event('guard'))).toMatch(/ {2}‹guard›$/);
  expect(row(event('grave'))).toMatch(/ {2}‹grave› critical$/);
  const styled = streamRow(event('grave'), false, { ...LOOK, width: 100, ascii: false });
  expect(styled).toContain(`${DARK['severity.critical'].open}‹grave›`);
  expect(styled.split(DARK['severity.critical'].open)[1]).toMatch(/^\S+\x1b\[0m +/);
});
