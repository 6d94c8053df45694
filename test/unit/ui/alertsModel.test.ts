import { describe, expect, test } from 'vitest';
import type { AlertGroup } from '../../../src/agent/messages.ts';
import { filterSubject } from '../../../src/events/filter/fields.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import type { Event } from '../../../src/events/types.ts';
import { eventsFilter } from '../../../src/ui/store/alertFilter.ts';
import {
  ALERT_COLUMNS,
  createAlertsModel,
  naturalAlertSort,
} from '../../../src/ui/store/alertsModel.ts';
import { SORT_MS } from '../../../src/ui/store/sortedRows.ts';
import { createRandom } from '../../screen/terminal/random.ts';
import { file, kprobe, process, string } from '../events/helpers.ts';
import { alert, NOW } from './alertSamples.ts';

const modelOf = (...rows: AlertGroup[]) => {
  const model = createAlertsModel();
  model.apply({ reset: true, changed: rows, removed: [] });
  return model;
};
const keys = (model: ReturnType<typeof modelOf>, now = 0) => model.rows(now).map(({ key }) => key);

describe('sorting', () => {
  test('the newest first; those of the same second as they came', () => {
    const model = modelOf(
      alert('1', { lastSeen: NOW + 2900, firstSeen: NOW }),
      alert('2', { lastSeen: NOW + 5000, firstSeen: NOW }),
      alert('3', { lastSeen: NOW + 2100, firstSeen: NOW + 50 }),
    );
    expect(keys(model)).toEqual(['2', '3', '1']);
  });

  test('severity: the worst first, without one last', () => {
    const model = modelOf(
      alert('1', { severity: 'low' }),
      alert('2', { severity: undefined }),
      alert('3', { severity: 'critical' }),
      alert('4', { severity: 'info' }),
    );
    model.sort = naturalAlertSort('severity');
    expect(keys(model)).toEqual(['3', '1', '4', '2']);
  });

  test.each(ALERT_COLUMNS)('by %s, both ways, ties always alike', (column) => {
    const random = createRandom(9);
    const rows = Array.from({ length: 40 }, (_, i) =>
      alert(String(i), {
        ...{ count: random.below(4), perMinute: random.below(4), killed: random.below(4) },
        ...{ denied: random.below(4), wouldAct: random.below(4), spared: random.below(4) },
        ...{ lastSeen: NOW + 1000 * random.below(4), policy: `p${random.below(4)}` },
        ...{ binary: `/b${random.below(4)}`, target: `/t${random.below(4)}` },
        severity: (['info', 'low', 'medium', 'high', undefined] as const)[random.below(5)],
      }),
    );
    const model = modelOf(...rows);
    for (const descending of [true, false]) {
      model.sort = { column, descending };
      const sorted = model.rows(0);
      const groups = Map.groupBy(sorted, (row) => row[column]);
      // Each value's rows stand together, and their own order is the same both ways.
      expect([...groups.values()].flat()).toEqual(sorted);
      for (const group of groups.values())
        expect(group.map(({ key }) => Number(key))).toEqual(
          group.map(({ key }) => Number(key)).sort((a, b) => b - a),
        );
    }
  });

  test('new numbers move rows within half a second; what is removed goes at once', () => {
    const model = modelOf(alert('1', { count: 3 }), alert('2', { count: 2 }));
    model.sort = naturalAlertSort('count');
    expect(keys(model)).toEqual(['1', '2']);
    model.apply({ reset: false, changed: [alert('2', { count: 9 })], removed: [] });
    expect(keys(model, 1)).toEqual(['1', '2']);
    expect(model.rows(1)[1]?.count).toBe(9);
    expect(keys(model, SORT_MS)).toEqual(['2', '1']);
    model.apply({ reset: false, changed: [], removed: ['2'] });
    expect(keys(model, SORT_MS + 1)).toEqual(['1']);
  });
});

describe('filter', () => {
  const model = modelOf(
    alert('1'),
    alert('2', { severity: 'low', policy: 'net', target: '10.0.0.1:80', killed: 1 }),
  );

  test.each([
    ['passwd', ['1']],
    ['high', ['1']],
    ['low', ['2']],
    ['address:10.0.0.1', ['2']],
    ['policy:net outcome:killed', ['2']],
    ['!policy:net', ['1']],
    ['pid:100', ['2', '1']],
    ['nothing of that', []],
    ['', ['2', '1']],
    ['  ', ['2', '1']],
    ['policy:', ['2', '1']],
  ])('%s', (text, wanted) => {
    model.filter = text;
    expect(keys(model)).toEqual(wanted);
    expect(model.filter).toBe(wanted.length < 2 ? text : text === 'pid:100' ? text : '');
    expect(model.size).toBe(2);
  });
});

describe('the stream’s filter for a row', () => {
  const event = (path: string, policyName = 'etc-writes', binary = '/usr/bin/tee'): Event =>
    kprobe('sys_write', [file(path)], { policyName, process: process({ binary }) });
  const matches = (row: AlertGroup, of: Event) =>
    parseFilter(eventsFilter(row)).filter?.(filterSubject(of, { userName: String }));

  test('policy, binary, target', () => {
    expect(eventsFilter(alert('1'))).toBe('policy:etc-writes binary:/usr/bin/tee path:/etc/passwd');
    expect(eventsFilter(alert('1', { target: '10.0.0.1:80', binary: '' }))).toBe(
      'policy:etc-writes value:10.0.0.1:80',
    );
    expect(eventsFilter(alert('1', { target: '/tmp/a b', binary: '/opt/my app' }))).toBe(
      'policy:etc-writes binary:"/opt/my app" path:"/tmp/a b"',
    );
  });

  test.each([
    '/etc/passwd',
    '/tmp/a b',
    '/tmp/"quoted name"',
    '/tmp/\x1b[2J',
    '/tmp/a[b/',
    '!x',
    '""',
    ' ',
    'OR',
    `/${'long/'.repeat(200)}`,
  ])('it finds the events of %j, and no others', (target) => {
    const row = alert('1', { target });
    expect(matches(row, event(target))).toBe(true);
    expect(matches(row, event(target, 'other'))).toBe(false);
    expect(matches(row, event(target, 'etc-writes', '/usr/bin/cat'))).toBe(false);
    if (target === '/etc/passwd') expect(matches(row, event('/etc/group'))).toBe(false);
  });

  test('texts too', () => {
    const row = alert('1', { target: 'relative name' });
    const told = kprobe('x', [string('relative name')], {
      policyName: 'etc-writes',
      process: process({ binary: '/usr/bin/tee' }),
      trigon: { mode: 'monitor' },
    });
    expect(matches(row, told)).toBe(true);
  });
});
