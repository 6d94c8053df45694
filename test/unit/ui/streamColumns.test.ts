import { describe, expect, test } from 'vitest';
import type { Event, Process } from '../../../src/events/types.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { type RowOptions, streamRow } from '../../../src/ui/views/streamRow.ts';
import { DARK, plain } from './samples.ts';

const event = {
  kind: 'process_exec',
  time: 1_700_000_000_000_000_000n,
  nodeName: 'n',
  process: {
    ...{ execId: '', pid: 4321, uid: 0, cwd: '/', binary: '/bin/true', arguments: 'mark' },
    ...{ flags: '', startTime: 0n, auid: 0, parentExecId: '', docker: 'abcdef' },
  },
} as unknown as Event & { readonly process: Process };

const row = (width: number, hidden?: readonly string[], more: Partial<RowOptions> = {}): string =>
  plain(
    streamRow(event, false, {
      ...{ theme: DARK, width, ascii: false, userNames: new Map([[0, 'root']]) },
      severities: new Map(),
      ...(hidden ? { hidden: new Set(hidden) } : {}),
      ...more,
    }),
  );

describe('columns of the stream', () => {
  test('at first user and container, on a wide screen; neither pid nor date', () => {
    expect(row(140)).toMatch(/mark +root +⬢ abcdef/);
    expect(row(140)).not.toContain('4321');
    expect(row(100)).not.toContain('root');
  });

  test('the user has the name that the event tells, or else this host’s, or none', () => {
    const told = { ...event, process: { ...event.process, user: { name: 'web' } } } as Event;
    const rowOf = (one: Event, names: RowOptions['userNames']) =>
      plain(
        streamRow(one, false, {
          ...{ theme: DARK, width: 140, ascii: false, userNames: names, severities: new Map() },
        }),
      );
    const names = new Map([[0, 'root']]);
    expect(rowOf(told, names)).toMatch(/mark +web +⬢/);
    expect(rowOf(event, names)).toMatch(/mark +root +⬢/);
    expect(rowOf(event, new Map())).toMatch(/mark +0 +⬢/);
  });

  test('pid and date stand around the time, where there is room for them', () => {
    expect(row(140, [])).toMatch(/^ \d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {5}4321 {2}🚀/);
    expect(row(80, [])).toMatch(/^ \d\d:\d\d:\d\d\.\d{3} {5}4321 {2}🚀/);
    expect(row(60, [])).toMatch(/^ \d\d:\d\d:\d\d\.\d{3} {2}🚀/);
  });

  test('one of the right ones alone', () => {
    expect(row(140, ['user'])).toMatch(/mark .*⬢ abcdef/);
    expect(row(140, ['user'])).not.toContain('root');
    expect(row(140, ['container'])).toMatch(/ root +$| root$/);
    expect(row(140, ['container'])).not.toContain('⬢');
  });

  test.each([60, 70, 90, 110, 140, 200])(
    'at %i columns no choice makes a line too wide',
    (width) => {
      for (const hidden of [[], ['user'], ['container'], ['date'], ['pid', 'user', 'container']])
        for (const offset of [0, 3])
          expect(displayWidth(row(width, hidden, { offset }))).toBeLessThanOrEqual(width);
    },
  );
});
