import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { joinArguments, shellCommandLine, splitArguments } from '../../../src/events/arguments.ts';

describe('joinArguments', () => {
  it.each([
    [['ls'], ''],
    [[], ''],
    [['curl', 'cilium.io'], 'cilium.io'],
    [['sh', '-c', 'echo x'], '-c "echo x"'],
    [['echo', '', 'two words', '', 'tab\tx'], ' "two words"  tab\tx'],
    [['echo', 'a', '', ''], 'a'],
    [['echo', '', ''], ''],
    [['sh', '-c', 'echo "a b"'], '-c "echo "a b""'],
  ])('%j gives %j', (argv, expected) => {
    expect(joinArguments(argv)).toBe(expected);
  });
});

describe('splitArguments', () => {
  it.each([
    ['', []],
    ['cilium.io', ['cilium.io']],
    ['-c "echo x" y', ['-c', 'echo x', 'y']],
    [' "two words"  tab\tx', ['', 'two words', '', 'tab\tx']],
    ['"unfinished business', ['"unfinished', 'business']],
    ['"quoted" a', ['"quoted"', 'a']],
    ['-c "x=("a",1); y"', ['-c', 'x=("a",1); y']],
  ])('%j gives %j', (text, expected) => {
    expect(splitArguments(text)).toEqual(expected);
  });

  it('undoes joinArguments when nothing was lost', () => {
    for (const argv of [
      ['p', 'a', 'b c', '', 'd'],
      ['p', '-x', 'a  b'],
    ]) {
      expect(splitArguments(joinArguments(argv))).toEqual(argv.slice(1));
    }
  });
});

describe('shellCommandLine', () => {
  it.each([
    [['ls', '-l', '/etc'], 'ls -l /etc'],
    [['echo', ''], "echo ''"],
    [['echo', 'a b', "it's"], "echo 'a b' 'it'\\''s'"],
    [['echo', '$(id)', '`id`', ';id'], "echo '$(id)' '`id`' ';id'"],
    [['A=b', 'A=b'], "'A=b' A=b"],
    [['if', 'if'], "'if' if"],
    [['echo', '=ls', '~', '*', '#'], "echo '=ls' '~' '*' '#'"],
    [['echo', 'a\nb'], "echo $'a\\012b'"],
    [['echo', "\u001b'!"], "echo $'\\033\\047\\041'"],
    [['echo', 'é'], "echo 'é'"],
    [['echo', 'é\n'], "echo $'\\303\\251\\012'"],
  ])('%j gives %j', (argv, expected) => {
    expect(shellCommandLine(argv)).toBe(expected);
  });

  const NASTY = [
    '',
    "'",
    "''",
    '\\',
    "\\'",
    '"',
    '$HOME',
    '$(touch /x)',
    '`id`',
    'a;b',
    '&& false',
    '|',
    '\n',
    "\n'; id #",
    "\u001b'\\''",
    '\t \r',
    '!!',
    '-n',
    '{a,b}',
    '\u202e',
    'ü\u0001',
    '%1',
    '~root',
    '\\012\n',
  ];

  it.skipIf(!existsSync('/bin/bash'))('bash reads the same arguments', () => {
    const command = shellCommandLine(['printf', '%s\\0', ...NASTY]);
    const output = execFileSync('/bin/bash', ['-c', command], { encoding: 'utf8' });
    expect(output.split('\0').slice(0, -1)).toEqual(NASTY);
  });

  it.skipIf(!existsSync('/bin/sh'))('any POSIX shell sees as many arguments', () => {
    const command = shellCommandLine(['printf', '%s\\0', ...NASTY]);
    const output = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
    expect(output.split('\0').length - 1).toBe(NASTY.length);
  });
});
