import { cleanup, render } from 'ink-testing-library';
import { afterEach, expect, test } from 'vitest';
import { Frame } from '../../../src/ui/components/Frame.tsx';
import { Lines } from '../../../src/ui/components/Lines.tsx';

afterEach(cleanup);

const SGR = /\x1b\[[\d;]*m/g;
const shown = (frame: string | undefined): string => (frame ?? '').replace(SGR, '');

test('the frame: the body between the lines above and below', () => {
  const { lastFrame } = render(
    <Frame isZoomed={false} width={20} height={8}>
      <Lines lines={['a', 'b', 'c', 'd']} top={1} height={2} />
    </Frame>,
  );
  expect(
    shown(lastFrame())
      .split('\n')
      .map((line) => line.trimEnd()),
  ).toEqual(['', '', '', 'b', 'c', '', '', '']);
});
