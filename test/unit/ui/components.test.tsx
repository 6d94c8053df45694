import { cleanup, render } from 'ink-testing-library';
import { afterEach, describe, expect, test } from 'vitest';
import { openArmDialog, shiftTime, typeText } from '../../../src/ui/arming.ts';
import { ArmDialog } from '../../../src/ui/components/ArmDialog.tsx';
import { Frame } from '../../../src/ui/components/Frame.tsx';
import { Lines } from '../../../src/ui/components/Lines.tsx';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { DARK, policy } from './samples.ts';

afterEach(cleanup);

const SGR = /\x1b\[[\d;]*m/g;
const shown = (frame: string | undefined): string => (frame ?? '').replace(SGR, '');

describe('the arming dialog', () => {
  const dialog = openArmDialog(0);

  test('says what is killed, for how long, and asks for the name', () => {
    const { lastFrame, rerender } = render(
      <ArmDialog dialog={dialog} policy={policy()} theme={DARK} width={80} height={20} />,
    );
    const text = shown(lastFrame());
    expect(text).toContain('Arm sample');
    expect(text).toContain('the kernel kills every process that does this');
    expect(text).toContain('Never killed: PID 1');
    expect(text).toContain('[5 min]');

    const typed = typeText(shiftTime(dialog, 1), 'sam');
    rerender(<ArmDialog dialog={typed} policy={policy()} theme={DARK} width={80} height={20} />);
    expect(shown(lastFrame())).toMatch(/\[30 min\][\s\S]*name: sam/);
  });

  test('a policy that only watches says that arming makes it kill', () => {
    const watcher = policy({ enforces: false });
    const { lastFrame } = render(
      <ArmDialog dialog={dialog} policy={watcher} theme={DARK} width={80} height={20} />,
    );
    expect(shown(lastFrame())).toContain('This policy only watches. Armed, the kernel kills');
  });

  test.each([
    [58, 10],
    [78, 19],
    [118, 35],
    [198, 45],
  ])('fits %d×%d, input line included', (width, height) => {
    const { lastFrame } = render(
      <ArmDialog dialog={dialog} policy={policy()} theme={DARK} width={width} height={height} />,
    );
    const lines = shown(lastFrame()).split('\n');
    expect(lines.length).toBeLessThanOrEqual(height);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(lines.some((line) => line.includes('Type the policy'))).toBe(true);
  });
});

test('the frame: header and rule above, rule and footer below, the body between', () => {
  const { lastFrame } = render(
    <Frame
      width={20}
      height={8}
      header="HEAD"
      tabs="TABS"
      rule="----"
      lowerRule="===="
      footer="FOOT"
    >
      <Lines lines={['a', 'b', 'c', 'd']} top={1} height={2} />
    </Frame>,
  );
  expect(
    shown(lastFrame())
      .split('\n')
      .map((line) => line.trimEnd()),
  ).toEqual(['HEAD', 'TABS', '----', 'b', 'c', '', '====', 'FOOT']);
});
