import { describe, expect, test } from 'vitest';
import type { Event } from '../../../src/events/types.ts';
import { copyChoices, joinChoices } from '../../../src/ui/copyMenu.ts';
import { withoutSecrets } from '../../../src/ui/detail/environment.ts';
import { openDetail } from '../../../src/ui/detail.ts';
import { detailFormats } from '../../../src/ui/save/coverFormats.ts';
import type { Subject } from '../../../src/ui/subject.ts';
import { DARK } from './samples.ts';

const eventWith = (variables: Record<string, string>): Event => ({
  ...{ kind: 'process_exec', nodeName: 'n', time: 0n },
  process: {
    ...{ execId: 'x', pid: 7, cwd: '/', binary: '/bin/x', arguments: '', flags: '' },
    ...{ parentExecId: '' },
    environmentVariables: Object.entries(variables).map(([key, value]) => ({ key, value })),
  },
});
const event = eventWith({
  HOME: '/root',
  API_TOKEN: 'hush1',
  MYSQL_PWD: 'hush2',
  UPSTREAM: 'http://me:hush3@host',
});
const subject: Subject = {
  ...{ event, pid: 7, ktime: 1n, executable: '/bin/x', lineage: undefined },
  process: 'process' in event ? event.process : undefined,
};
const look = { theme: DARK, ascii: false, userNames: new Map<number, string>() };

describe('while secrets are hidden, JSON of an event doesn’t give them away', () => {
  const saved = (isRevealed: boolean) =>
    detailFormats({ ...openDetail(subject, 1), isRevealed }, look).map((format) =>
      [format.note, ...format.lines()].join('\n'),
    );

  test('saved', () => {
    const hidden = saved(false).join('\n');
    expect(hidden).not.toContain('hush');
    expect(hidden).toContain('****');
    expect(hidden).toContain('secrets masked');
    expect(hidden).toContain('/root');
    for (const secret of ['hush1', 'hush2', 'hush3'])
      expect(saved(true).join('\n')).toContain(secret);
  });

  test('copied, and what the menu shows of it', () => {
    const textOf = (isRevealed: boolean) =>
      joinChoices([], subject, [], isRevealed)
        .map(({ text, preview = '' }) => preview + text)
        .join('\n');
    expect(textOf(false)).not.toContain('hush');
    expect(textOf(true)).toContain('hush1');
    expect(copyChoices(subject).find(({ what }) => what === 'JSON')?.text).toContain('****');
  });

  test('an event without any is the event as it is', () => {
    const harmless = eventWith({ HOME: '/root', PWD: '/' });
    expect(withoutSecrets(harmless)).toBe(harmless);
  });
});
