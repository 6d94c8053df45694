import { describe, expect, test } from 'vitest';
import { FILTER_FIELDS } from '../../../src/events/filter/fields.ts';
import type { FieldTable } from '../../../src/events/filter/language.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import { ALERT_FIELDS, BINARY_FIELDS, TREE_FIELDS } from '../../../src/ui/store/filterFields.ts';
import { builtInFilters, nameMistake } from '../../../src/ui/store/namedFilters.ts';
import { plain } from './samples.ts';
import { setUp } from './setUp.ts';

const FIELDS: Readonly<Record<'stream' | 'tree' | 'binaries' | 'alerts', FieldTable>> = {
  stream: FILTER_FIELDS,
  tree: TREE_FIELDS,
  binaries: BINARY_FIELDS,
  alerts: ALERT_FIELDS,
};

describe('filters that are always there', () => {
  test.each(['stream', 'tree', 'binaries', 'alerts'] as const)('they are valid in %s', (view) => {
    const filters = builtInFilters(view);
    expect(filters.length).toBeGreaterThan(3);
    for (const { name, text } of filters) {
      expect(parseFilter(text, FIELDS[view]).error, name).toBeUndefined();
      expect(nameMistake(name)).toBeUndefined();
    }
  });

  test('the policies have a search of their own', () => {
    expect(builtInFilters('policies')).toEqual([]);
  });
});

test.each([
  ['good name', undefined],
  ['Ünïcode ✓', undefined],
  ['  ', 'a name is needed'],
  ['x'.repeat(41), 'at most 40 characters'],
  ['a\x1b[2J', 'letters, digits, signs and blanks only'],
  ['a\u202eb', 'letters, digits, signs and blanks only'],
])('%j as a name: %s', (name, mistake) => {
  expect(nameMistake(name)).toBe(mistake);
});

describe('by keys', () => {
  function open() {
    const it = setUp();
    const { state, panes, press, command } = it;
    const lines = () => {
      const { overlay } = state;
      return overlay?.kind === 'dialog'
        ? overlay.dialog.lines({ width: 80, height: 20 }).map((line) => plain(line).trim())
        : [];
    };
    const saved = () => state.settings.get().filters;
    const filter = () => panes.stream.filter?.text();
    const type = (text: string) => {
      command('row.filter');
      press('ctrl+u', ...text, 'enter');
    };
    return { ...it, lines, saved, filter, type };
  }

  test('saved under a name, taken, replaced, deleted by the second press', () => {
    const { state, press, command, lines, saved, filter, type } = open();
    type('pid>1 !sh');
    command('filter.named');
    press('s', ...'mine', 'enter');
    expect(saved()).toEqual({ mine: 'pid>1 !sh' });
    expect(state.notice?.text).toBe('saved as mine');
    command('app.back');
    expect(filter()).toBe('');
    command('filter.named');
    expect(lines()[1]).toMatch(/^1 +mine +pid>1 !sh$/);
    press('enter');
    expect(filter()).toBe('pid>1 !sh');
    type('uid=0');
    command('filter.named');
    press('s', ...'mine');
    expect(lines()[0]).toBe('Enter replaces the filter of this name by uid=0');
    press('enter');
    expect(saved()).toEqual({ mine: 'uid=0' });
    command('filter.named');
    press('d');
    expect(saved()).toEqual({ mine: 'uid=0' });
    expect(lines()[1]).toContain('d again deletes it');
    press('down', 'up', 'd');
    expect(lines()[1]).toContain('d again deletes it');
    expect(saved()).toEqual({ mine: 'uid=0' });
    press('d');
    expect(saved()).toEqual({});
  });

  test('built-in ones can be taken, not deleted; nothing is saved without a filter', () => {
    const { state, press, command, saved, filter } = open();
    command('filter.named');
    press('d', 'd');
    expect(state.notice?.text).toBe('built-in filters can’t be deleted');
    press('s');
    expect(state.notice?.text).toBe('there is no filter to save: / types one');
    expect(saved()).toEqual({});
    press('enter');
    expect(filter()).toBe('status!=0 OR signal:*');
  });

  test('one of another view can’t be taken, and says so', () => {
    const { state, press, command, lines, panes } = open();
    state.settings.change({ filters: { __proto__x: 'execs>10', stream: 'event:exec' } });
    command('filter.named');
    expect(lines()[1]).toContain('not for this view: execs>10');
    press('enter');
    expect(state.overlay?.kind).toBe('dialog');
    press('escape');
    command('view.binaries', 'filter.named');
    press('enter');
    expect(panes.binaries.filter?.text()).toBe('execs>10');
  });

  test('by name, for the palette; and a filter as it is', () => {
    const { state, actions, filter } = open();
    actions.run('filter.named', 'kills');
    expect(filter()).toBe('outcome:killed');
    actions.run('filter.named', 'no such');
    expect(state.notice?.text).toBe('no filter is called no such');
    actions.run('row.filter', ' event:exec ');
    expect(filter()).toBe('event:exec');
    actions.run('row.filter', 'nofield:1');
    expect(state.notice?.text).toMatch(/^not a filter of this view: no field "nofield"/);
    expect(filter()).toBe('event:exec');
    expect(state.settings.get().filterHistory).toEqual(['outcome:killed', 'event:exec']);
  });
});
