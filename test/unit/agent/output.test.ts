/** The lines of the headless command and its rate limit. */
import { expect, test } from 'vitest';
import type { FromAgent, LineOptions } from '../../../src/agent/messages.ts';
import { createOutput } from '../../../src/agent/output.ts';
import { createSelector, SELECT_ALL } from '../../../src/agent/selection.ts';
import { packJournal } from '../../../src/events/wire/event.ts';
import { PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import { execRecord } from '../wire/records.ts';

const MINUTE = 60_000;

const exec = (filename: string): PackedEvent => {
  const payload = execRecord({ filename, exe: filename, cwd: '/', args: filename });
  return {
    ...{ kind: PACKED_KIND.exec, flags: 0, time: 5n, tgid: 100, tid: 100, ktime: 1000n },
    ...{ parentTgid: 1, parentKtime: 0n, payload, process: payload },
  };
};

function outputOf(options: Partial<LineOptions>) {
  const lines: string[] = [];
  let count = 0;
  let now = 0;
  const all: LineOptions = {
    ...{ kind: 'compact', color: false, timestamps: false, selection: SELECT_ALL },
    ...{ limit: undefined, perMinute: undefined },
    ...options,
  };
  const output = createOutput(
    all,
    { node: 'n', hookNames: () => undefined, parent: () => undefined },
    createSelector(all.selection, () => undefined),
    (message: FromAgent) => {
      if (message.type !== 'lines') throw new Error(`unexpected: ${message.type}`);
      lines.push(...Buffer.from(message.bytes).toString().split('\n').slice(0, -1));
      count += message.count;
    },
    () => now,
  );
  return {
    output,
    lines,
    count: () => count,
    add: (...names: string[]) => {
      for (const name of names) output.add(exec(name));
    },
    at(time: number) {
      now = time;
      output.flush();
    },
  };
}

test('without a limit every event is a line', () => {
  const { output, lines, add, at } = outputOf({});
  add('/a', '/b');
  at(10 * MINUTE);
  output.close();
  expect(lines).toEqual(['🚀 process n /a ', '🚀 process n /b ']);
});

test('a limit: the first ones pass, at the end of the window the number of the others, and no event', () => {
  const { lines, count, add, at } = outputOf({ perMinute: 2 });
  add('/a', '/b', '/c', '/d', '/e');
  at(MINUTE - 1);
  expect(lines).toEqual(['🚀 process n /a ', '🚀 process n /b ']);
  at(MINUTE);
  expect(lines[2]).toBe('🚧 limited n 3 events dropped');
  expect(count()).toBe(2);
  add('/f');
  at(2 * MINUTE);
  expect(lines.slice(3)).toEqual(['🚀 process n /f ']);
});

test('only what was asked for counts against the limit', () => {
  const selection = { ...SELECT_ALL, binaries: ['^/a$'] };
  const { output, lines, add } = outputOf({ perMinute: 1, selection });
  add('/b', '/b', '/a', '/a');
  output.close();
  expect(lines).toEqual(['🚀 process n /a ', '🚧 limited n 1 events dropped']);
});

test('JSON, 0: nothing but the number, at the latest when the output is closed', () => {
  const { output, lines, count, add } = outputOf({ kind: 'json', perMinute: 0 });
  add('/a', '/b');
  output.close();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      rate_limit_info: { number_of_dropped_process_events: '2' },
      node_name: 'n',
      time: expect.stringMatching(/^\d{4}-/),
    },
  ]);
  expect(count()).toBe(0);
});

test('the journal is under no limit and no count, but under what was asked for', () => {
  const journal: PackedEvent = {
    ...exec('/a'),
    kind: PACKED_KIND.journal,
    payload: packJournal({ action: 'off', policy: 'p', detail: '', via: 'trigon' }),
    process: new Uint8Array(),
  };
  const limited = outputOf({ perMinute: 1, limit: 1 });
  limited.output.add(journal);
  limited.output.add(journal);
  limited.add('/a');
  limited.output.flush();
  expect(limited.lines).toEqual(['🔔 off     n p', '🔔 off     n p', '🚀 process n /a ']);
  expect(limited.count()).toBe(1);
  const execs = outputOf({ selection: { ...SELECT_ALL, kinds: ['process_exec'] } });
  execs.output.add(journal);
  execs.output.flush();
  expect(execs.lines).toEqual([]);
});
