import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/cli/commandLine.ts';

const lab = (...words: string[]) => {
  const { name, options } = parseCommandLine(['lab', ...words]) as {
    name: string;
    options: unknown;
  };
  expect(name).toBe('lab');
  return options;
};

describe('trigon lab', () => {
  test('alone lists, with a name or a file starts', () => {
    expect(lab()).toEqual({ command: 'list' });
    expect(lab('recon', '--ascii')).toMatchObject({
      command: 'start',
      lab: 'recon',
      ascii: true,
      theme: undefined,
      colors: 'auto',
      lowBandwidth: false,
    });
    expect(lab('./mine.yaml')).toMatchObject({ command: 'start', lab: './mine.yaml' });
  });

  test('check and test', () => {
    expect(lab('check', 'a.yaml', 'b.yaml')).toEqual({
      command: 'check',
      files: ['a.yaml', 'b.yaml'],
    });
    expect(lab('test', '--all')).toEqual({ command: 'test', labs: [], all: true, output: 'text' });
    expect(lab('test', 'recon', '-o', 'json')).toMatchObject({ labs: ['recon'], output: 'json' });
  });

  test.each([
    [['recon', 'again'], /"again" is one word too many/],
    [['check'], /it is "trigon lab check FILE…"/],
    [['test'], /it is "trigon lab test NAME…\|--all"/],
    [['test', 'recon', '--all'], /it is "trigon lab test/],
    [['recon', '--all'], /--all is an option of/],
    [['recon', '--colors', 'pink'], /--colors must be/],
    [['recon', '--fps', '31'], /--fps must be a whole number from 1 to 30/],
    [['recon', '--bandwidth', '0'], /--bandwidth must be/],
  ])('%j is refused', (words, message) => {
    expect(() => parseCommandLine(['lab', ...words])).toThrow(message);
  });

  test('its help tells its own options', () => {
    const { text } = parseCommandLine(['lab', 'test', '--help']) as { text: string };
    expect(text).toContain('trigon lab test NAME…|--all [options]');
    expect(text).toContain('every lab that comes with Trigon');
    expect(text).not.toContain('--theme');
  });
});
