import { Text } from 'ink';
import { cleanup, render } from 'ink-testing-library';
import { afterEach, expect, test } from 'vitest';
import { Frame } from '../../../src/ui/components/Frame.tsx';

afterEach(cleanup);

const SGR = /\x1b\[[\d;]*m/g;
const shown = (frame: string | undefined): string => (frame ?? '').replace(SGR, '');

test('the frame: the body between the lines above and below', () => {
  const { lastFrame } = render(
    <Frame parts={{ isZoomed: false, source: { kind: 'agent' } }} width={20} height={8}>
      <Text>{'b\nc'}</Text>
    </Frame>,
  );
  expect(
    shown(lastFrame())
      .split('\n')
      .map((line) => line.trimEnd()),
  ).toEqual(['', '', '', 'b', 'c', '', '', '']);
});
