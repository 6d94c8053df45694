/** What the pages show is what there is: commands by the real command line, files, policies, links. test/kernel/documented.test.ts runs some. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseCommandLine } from '../../src/cli/commandLine.ts';
import { EXAMPLES, shortHelp } from '../../src/cli/helpText.ts';
import { findOptions } from '../../src/cli/options.ts';
import { UsageError } from '../../src/cli/optionValues.ts';
import { formatPolicyError } from '../../src/policies/model.ts';
import { parsePolicies } from '../../src/policies/parse.ts';
import {
  type Documented,
  documentedBlocks,
  documentedMentions,
  type OwnCommand,
  ownCommands,
  pagePaths,
  ROOT,
} from '../driver/documented.ts';

const blocks = documentedBlocks().flatMap(({ commands }) => commands);
const mentions = documentedMentions();
const examples = [
  ...EXAMPLES,
  ...[...shortHelp().matchAll(/^ {2}\$ (.+)$/gm)].map(([, example = '']) => example),
].flatMap((example) => ownCommands(example, 'trigon --help'));

/** Stands for folders of the host that are read with the command line. */
const folder = mkdtempSync(join(tmpdir(), 'trigon-documented-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  // Without a command it is the screen only on a terminal.
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(
    Object.create(process.stdout, { isTTY: { value: true } }),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** What the command line says of it; undefined: nothing. */
function mistakeIn(words: readonly string[]): string | undefined {
  // Answered before anything is read.
  if (words.join() === '--version') return undefined;
  const here = words.map((word, at) => (words[at - 1] === '--config-dir' ? folder : word));
  try {
    parseCommandLine(here);
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

const isOption = (word: string): boolean => /^--?[a-z]/.test(word);

/** In a text a command may be named without what must follow it, and an option without its value. */
function mistakeInMention(words: readonly string[]): string | undefined {
  const mistake = mistakeIn(words);
  const last = words.at(-1) ?? '';
  if (mistake === undefined) return undefined;
  if (!words.some(isOption)) return mistakeIn([...words, '--help']);
  const [first = ''] = words;
  const names = isOption(first) ? ['monitor'] : [words.slice(0, 2).join(' '), first];
  const isKnown = findOptions(last).some(
    ({ commands, value }) =>
      value !== undefined && commands.some((command) => names.includes(command)),
  );
  return isKnown ? mistakeIn([...words.slice(0, -1), '--help']) : mistake;
}

const isOf =
  (program: OwnCommand['program']) =>
  (command: Documented): boolean =>
    command.program === program;

const mistakes = (
  commands: readonly Documented[],
  find: (words: readonly string[]) => string | undefined,
): string[] =>
  commands.flatMap(({ place, words }) => {
    const mistake = find(words);
    return mistake === undefined ? [] : [`${place}: ${mistake}`];
  });

describe('trigon', () => {
  test('blocks of commands are read without a mistake', () => {
    const own = blocks.filter(isOf('trigon'));
    expect(own.length).toBeGreaterThan(50);
    expect(mistakes(own, mistakeIn)).toEqual([]);
  });

  test('so are the examples of --help', () => {
    expect(examples.length).toBeGreaterThan(10);
    expect(mistakes(examples.filter(isOf('trigon')), mistakeIn)).toEqual([]);
  });

  test('commands in a text, and options that they are named with, are there', () => {
    const own = mentions.filter(isOf('trigon'));
    expect(own.length).toBeGreaterThan(80);
    expect(mistakes(own, mistakeInMention)).toEqual([]);
  });

  test('an option that there is not is found: in a block, in a text, as the last word', () => {
    expect(mistakeIn(['events', '--durration', '3s'])).toContain('unknown option --durration');
    expect(mistakeInMention(['events', '--durration', '3s'])).toContain('unknown option');
    expect(mistakeInMention(['policy', 'new', '--outt'])).toContain('unknown option');
    expect(mistakeInMention(['policy', 'new', '--theme'])).toContain('--theme');
    expect(mistakeInMention(['policy', 'chek'])).toContain('did you mean');
    expect(mistakeInMention(['policy', 'new', '--out'])).toBeUndefined();
    expect(mistakeInMention(['policy'])).toBeUndefined();
  });
});

const packageJson: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

/** The last file of a script of package.json, which gets the words behind `--`. */
const fileOf = (script: string): string | undefined =>
  script.split(' ').findLast((word) => /\.m?[jt]s$/.test(word));

/** Whether the sources of a program know an option; those beside it count, as they may be where it is read. */
function knowsOption(file: string, option: string): boolean {
  const name = option.replace(/^--/, '').replace(/=.*/, '');
  const sources = [file, join(dirname(file), 'options.ts'), join(dirname(file), 'arguments.ts')];
  return sources
    .filter((path) => existsSync(join(ROOT, path)))
    .some((path) =>
      new RegExp(
        `(?:['"\`]--${name}\\b|['"]${name}['"]|^\\s*${name}\\??:|[{ ]${name}: \\{)`,
        'm',
      ).test(readFileSync(join(ROOT, path), 'utf8')),
    );
}

/** npm's own commands. */
const OF_NPM = ['i', 'audit', 'ci', 'install'];

function npmMistake(words: readonly string[]): string | undefined {
  const [first = '', ...rest] = words;
  if (OF_NPM.includes(first)) return undefined;
  const [name = '', ...given] = first === 'run' ? rest : words;
  const script = packageJson.scripts[name];
  if (script === undefined) return `package.json has no script "${name}"`;
  // vitest reads these, and they may be files.
  if (name === 'test') return given.slice(1).find((word) => !isOption(word) && !isThere(word));
  const file = fileOf(script);
  return file === undefined ? undefined : optionMistake(file, given.slice(1));
}

const isThere = (path: string): boolean => existsSync(join(ROOT, path));

const optionMistake = (file: string, words: readonly string[]): string | undefined => {
  const strange = words.filter(isOption).find((option) => !knowsOption(file, option));
  return strange === undefined ? undefined : `${file} knows no ${strange}`;
};

function nodeMistake([file = '', ...words]: readonly string[]): string | undefined {
  return isThere(file) ? optionMistake(file, words) : `there is no ${file}`;
}

describe('npm and node', () => {
  const all = [...blocks, ...mentions];

  test('scripts are in package.json, with these options', () => {
    expect(all.filter(isOf('npm')).length).toBeGreaterThan(15);
    expect(mistakes(all.filter(isOf('npm')), npmMistake)).toEqual([]);
  });

  test('files are there, with these options', () => {
    expect(all.filter(isOf('node')).length).toBeGreaterThan(5);
    expect(mistakes(all.filter(isOf('node')), nodeMistake)).toEqual([]);
  });

  test('what there is not is found', () => {
    expect(npmMistake(['run', 'bensh'])).toContain('bensh');
    expect(npmMistake(['run', 'bench', '--', '--quikc'])).toContain('--quikc');
    expect(npmMistake(['run', 'bench', '--', '--quick'])).toBeUndefined();
    expect(npmMistake(['test', '--', 'test/nowhere'])).toBe('test/nowhere');
    expect(nodeMistake(['scripts/nowhere.ts'])).toContain('nowhere');
    expect(nodeMistake(['scripts/kernels.ts', '--wrote'])).toContain('--wrote');
  });
});

const YAML = /^```yaml\n([\s\S]*?)^```$/gm;

test.each(pagePaths())('%s: its policies are right, and its links lead somewhere', (path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const policies = [...text.matchAll(YAML)]
    .map(([, yaml = '']) => yaml)
    .filter((yaml) => /^kind: TracingPolicy/m.test(yaml) && !/^kind: Lab/m.test(yaml));
  for (const yaml of policies)
    expect(parsePolicies(yaml, path).errors?.map(formatPolicyError) ?? []).toEqual([]);
  const plain = text.replaceAll(/^```[\s\S]*?^```$|`[^`\n]*`/gm, '');
  const links = [...plain.matchAll(/\]\((?!https?:|#)([^)#\s]+)(#[^)\s]+)?\)/g)];
  const lost = links
    .map(([, file = '']) => file)
    .filter((file) => !existsSync(join(ROOT, dirname(path), file)));
  expect(lost).toEqual([]);
});

/** As GitHub makes them of titles. */
const anchorOf = (title: string): string =>
  title
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (path: string): string[] =>
  [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    anchorOf(title),
  );

test('places within pages that links name are there', () => {
  const lost = pagePaths().flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return [...text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].flatMap(
      ([, file = '', anchor = '']) => {
        const target = file === '' ? path : join(dirname(path), file);
        if (!target.endsWith('.md') || !isThere(target)) return [];
        return anchorsOf(target).includes(anchor) ? [] : [`${path}: ${file}#${anchor}`];
      },
    );
  });
  expect(lost).toEqual([]);
});
