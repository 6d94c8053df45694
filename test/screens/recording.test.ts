/** The recording is published: it tells of the scene, and of nothing else of the host that it was made on. */
import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PACKED_KIND, packedSizeAt, readPacked } from '../../src/events/wire/packed.ts';
import { readExecTexts } from '../../src/events/wire/process.ts';
import { loadRecording, SESSION, textsOf } from '../driver/recording.ts';
import { PROGRAMS } from '../fixtures/scene/scene.ts';

const MOST_BYTES = 400 << 10;
const recording = loadRecording();
const programs = new Set<string>(PROGRAMS);

test('it is small', () => {
  expect(statSync(SESSION).size).toBeLessThan(MOST_BYTES);
});

test('rows of processes, programs and alerts are the scene’s', () => {
  const strangers = recording.messages.flatMap(({ message }) =>
    message.type === 'tree' || message.type === 'binaries' || message.type === 'alerts'
      ? message.changed.map(({ binary }) => binary).filter((binary) => !programs.has(binary))
      : [],
  );
  expect([...new Set(strangers)].sort()).toEqual([
    '/usr/lib/systemd/systemd',
    '[ksoftirqd/0]',
    '[kthreadd]',
    '[kworker/0:1-events]',
  ]);
});

test('events are those of its programs, and there are hundreds', () => {
  const seen = new Set<string>();
  let count = 0;
  for (const { message } of recording.messages) {
    if (message.type !== 'records') continue;
    const view = new DataView(message.buffer, 0, message.bytes);
    for (let at = 0; at < message.bytes; at += packedSizeAt(view, at)) {
      const event = readPacked(view, at);
      count += 1;
      if (event.kind !== PACKED_KIND.journal) seen.add(readExecTexts(event.process).exe);
    }
  }
  expect([...seen].filter((path) => !programs.has(path))).toEqual([]);
  expect(count).toBeGreaterThan(500);
});

test('no path of a checkout, no folder of a session', () => {
  expect(textsOf(recording)).not.toMatch(/\/work\/|\/tmp\/[a-z]|node_modules|trigon-scene/);
});
