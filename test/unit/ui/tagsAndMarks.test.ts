import { describe, expect, test } from 'vitest';
import { createMarks, MAX_NAME } from '../../../src/ui/store/marks.ts';
import { createTags } from '../../../src/ui/store/tags.ts';

describe('tags', () => {
  test('no more than the limit, of events and of processes each', () => {
    const tags = createTags(3);
    expect([1, 2, 3, 4].map(tags.toggleEvent)).toEqual(['tagged', 'tagged', 'tagged', 'full']);
    expect(tags.toggleEvent(2)).toBe('untagged');
    expect(tags.toggleEvent(4)).toBe('tagged');
    const process = { key: '7:1', pid: 7, ktime: 1n };
    expect(tags.toggleProcess(process)).toBe('tagged');
    expect(tags.heldProcesses(() => true)).toEqual([process]);
    expect(tags.clear()).toBe(4);
    expect(tags.heldEvents(0)).toEqual([]);
    expect(tags.heldProcesses(() => true)).toEqual([]);
  });

  test('those of events that are gone go too, and make room', () => {
    const tags = createTags(3);
    for (const number of [30, 10, 20]) tags.toggleEvent(number);
    expect(tags.heldEvents(0)).toEqual([10, 20, 30]);
    expect(tags.heldEvents(15)).toEqual([20, 30]);
    expect(tags.hasEvent(10)).toBe(false);
    expect(tags.toggleEvent(40)).toBe('tagged');
  });

  test('counting them says the same', () => {
    const tags = createTags();
    for (const number of [30, 10, 20]) tags.toggleEvent(number);
    expect([0, 10, 11, 30, 31].map(tags.countEvents)).toEqual([3, 3, 2, 1, 0]);
    expect(tags.hasEvent(30)).toBe(false);
  });

  test('those of processes that are gone go too, and make room', () => {
    const tags = createTags(2);
    const [one, two, three] = [1, 2, 3].map((pid) => ({ key: `${pid}`, pid, ktime: 1n }));
    if (!one || !two || !three) throw new Error('there are three');
    expect([one, two, three].map(tags.toggleProcess)).toEqual(['tagged', 'tagged', 'full']);
    expect(tags.heldProcesses((key) => key !== '1')).toEqual([two]);
    expect(tags.hasProcess('1')).toBe(false);
    expect(tags.toggleProcess(three)).toBe('tagged');
    expect(tags.countProcesses((key) => key === '3')).toBe(1);
  });

  test('each change gives another version', () => {
    const tags = createTags();
    const versions = [tags.version];
    tags.toggleEvent(1);
    versions.push(tags.version);
    tags.toggleEvent(1);
    versions.push(tags.version);
    expect(new Set(versions).size).toBe(3);
  });
});

describe('marks', () => {
  test('set and taken away at the same place; the lowest free number is taken', () => {
    const marks = createMarks();
    for (const before of [10, 20, 30]) marks.toggle(before, before);
    expect(marks.toggle(20, 99)).toMatchObject({ isSet: false, mark: { number: 2, time: 20 } });
    expect(marks.toggle(5, 5)).toMatchObject({ isSet: true, mark: { number: 2 } });
    expect(marks.list().map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(marks.between(5, 10).map(({ number }) => number)).toEqual([2, 1]);
    expect(marks.between(11, 29)).toEqual([]);
  });

  test('no more than the limit; names are kept short', () => {
    const marks = createMarks(2);
    marks.toggle(1, 1);
    marks.toggle(2, 2);
    expect(marks.toggle(3, 3)).toBeUndefined();
    expect(marks.toggle(2, 3)).toMatchObject({ isSet: false });
    marks.rename(1, ` ${'😀'.repeat(100)} `);
    expect(marks.list()[0]?.name).toBe('😀'.repeat(MAX_NAME));
  });
});
