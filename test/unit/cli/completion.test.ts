import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completionScript } from '../../../src/cli/completion.ts';
import { OPTIONS } from '../../../src/cli/options.ts';

describe('bash', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trigon-completion-'));
    writeFileSync(join(folder, 'script'), completionScript('bash'));
    writeFileSync(join(folder, 'a policy.yaml'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What the shell offers for the last of these words. */
  const offered = (...words: string[]): string[] =>
    execFileSync(
      'bash',
      [
        '-c',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
        'source ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _trigon; printf "%s\\n" "${COMPREPLY[@]}"',
        'bash',
        'trigon',
        ...words,
      ],
      { cwd: folder, encoding: 'utf8' },
    )
      .split('\n')
      .filter((line) => line !== '');

  test('commands, and commands of commands', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['events', 'policy', 'lab', 'doctor']));
    expect(offered('policy', 'sh')).toEqual(['show']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('the options of the command at hand', () => {
    expect(offered('events', '--time')).toEqual(['--timestamps']);
    expect(offered('--time')).toEqual([]);
    expect(offered('--the')).toEqual(['--theme']);
    expect(offered('policy', 'new', '--pa')).toEqual(['--path']);
  });

  test("an option's value is no command", () => {
    expect(offered('--theme', 'dark', 'eve')).toEqual(['events']);
    expect(offered('--theme', '')).toEqual([]);
  });

  test('files', () => {
    expect(offered('--policy', 'a p')).toEqual(['a policy.yaml']);
    expect(offered('--policy', '=', 'a p')).toEqual(['a policy.yaml']);
  });
});

test('fish has every option with its command', () => {
  const script = completionScript('fish');
  for (const { name } of OPTIONS) expect(script).toContain(` -l ${name}`);
});
