import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Box, render, Text, useInput, usePaste, useStderr, useStdout } from 'ink';
import { createElement as h, useEffect, useState } from 'react';
import { describe, expect, test } from 'vitest';
import { createInkSink } from '../../../src/ui/terminal/inkSink.ts';

const open = (columns = 20, rows = 4) => {
  const frames: string[] = [];
  const sink = createInkSink({ columns, rows, onFrame: (frame) => frames.push(frame) });
  return { frames, sink };
};

const Framed = ({ label, rows }: { readonly label: string; readonly rows: number }) =>
  h(Box, { height: rows, width: '100%', borderStyle: 'single' }, h(Text, null, label));

/** Uses all that makes Ink write something besides frames. */
const Chatty = () => {
  const { write } = useStdout();
  const { write: complain } = useStderr();
  useInput(() => {});
  usePaste(() => {});
  useEffect(() => complain('to stderr'), [complain]);
  useEffect(() => () => write(''), [write]);
  return h(Text, null, 'text');
};

const Broken = () => {
  const [isBroken, breakIt] = useState(false);
  useEffect(() => breakIt(true), []);
  if (isBroken) throw new Error('broken on purpose');
  return h(Text, null, 'fine');
};

describe('frames of Ink', () => {
  test('come whole, at once, with every change', () => {
    const { frames, sink } = open();
    const app = render(h(Framed, { label: 'one', rows: 3 }), sink.renderOptions);
    app.rerender(h(Framed, { label: 'two', rows: 3 }));
    expect(frames.at(0)?.split('\n')[1]).toBe('│one               │');
    expect(frames.at(-1)?.split('\n')).toEqual([
      '┌──────────────────┐',
      '│two               │',
      '└──────────────────┘',
    ]);
    app.unmount();
  });

  test('follow a change of size before resize() returns', () => {
    const { frames, sink } = open();
    const app = render(h(Framed, { label: 'x', rows: 3 }), sink.renderOptions);
    sink.resize(30, 6);
    expect(frames.at(-1)?.split('\n')[0]).toHaveLength(30);
    sink.resize(10, 6);
    expect(frames.at(-1)?.split('\n')[0]).toHaveLength(10);
    app.unmount();
  });

  test('keep SGR that is already in the text', () => {
    const { frames, sink } = open();
    const app = render(h(Text, null, '\x1b[31mred\x1b[0m \x1b[2Jplain'), sink.renderOptions);
    expect(frames.at(-1)).toContain('\x1b[31mred');
    expect(frames.at(-1)).not.toContain('\x1b[2J');
    app.unmount();
  });
});

test('what else Ink writes is no frame', async () => {
  const { frames, sink } = open();
  const app = render(h(Chatty), sink.renderOptions);
  app.unmount();
  await app.waitUntilExit();
  expect(new Set(frames)).toEqual(new Set(['text']));
});

test('an error in a component comes out of waitUntilExit', async () => {
  const { sink } = open(60, 20);
  const app = render(h(Broken), sink.renderOptions);
  await expect(app.waitUntilExit()).rejects.toThrow('broken on purpose');
});

test.each(['true', undefined])(
  'nothing reaches the real terminal, and CI=%s changes nothing',
  (ci) => {
    const fixture = fileURLToPath(new URL('fixtures/inkApp.ts', import.meta.url));
    const { CI: _ci, ...env } = process.env;
    const { stdout, stderr, status } = spawnSync(process.execPath, [fixture], {
      encoding: 'utf8',
      env: ci === undefined ? env : { ...env, CI: ci },
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(['counted to 0', 'counted to 3', 'width 33']);
  },
);
