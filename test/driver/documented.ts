/** The commands that README.md and docs/*.md show. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ShellCommand, shellCommands } from './shellWords.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

/** A command of ours: what runs it, and its words behind that. */
export type OwnCommand = {
  readonly program: 'trigon' | 'npm' | 'node';
  readonly words: readonly string[];
};

export type Documented = OwnCommand & {
  /** `docs/agent.md:7`. */
  readonly place: string;
  readonly shell: ShellCommand;
};

/** A block of commands, which are given one after the other. */
export type Block = {
  readonly place: string;
  readonly script: string;
  readonly commands: readonly Documented[];
};

/** Made from the tables of the command line: it can't differ from them. */
const GENERATED = ['cli.md'];

/** README.md and docs/*.md, below ROOT. */
export const pagePaths = (): string[] => [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md') && !GENERATED.includes(name))
    .map((name) => `docs/${name}`),
];

const readPage = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const FENCE = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Blocks without a language hold commands, what programs print, or drawings: the first begin with one of ours. */
const BEGINS_OWN = /^(?:\$ )?(?:sudo )?(?:trigon|npm|node|node_modules\/\.bin\/node)(?: |$)/;
const isShell = (language: string, body: string): boolean =>
  language === 'sh' || (language === '' && BEGINS_OWN.test(body));

/** All blocks of commands. */
export function documentedBlocks(): Block[] {
  return pagePaths().flatMap((path) => {
    const text = readPage(path);
    return [...text.matchAll(FENCE)].flatMap(
      ({ 1: language = '', 2: body = '', index }): Block[] => {
        const place = `${path}:${lineAt(text, index) + 1}`;
        if (!isShell(language, body)) return [];
        const script = body.replaceAll(/^\$ /gm, '');
        return [{ place, script, commands: ownCommands(script, place) }];
      },
    );
  });
}

const MENTION =
  /`((?:[A-Z_]+=\S+ )?(?:sudo )?(?:trigon|npm|node|node_modules\/\.bin\/node) [^`\n]+)`/g;

/** Commands in the middle of a text: `` `trigon policy check FILE` ``. */
export function documentedMentions(): Documented[] {
  return pagePaths().flatMap((path) => {
    const text = readPage(path).replaceAll(FENCE, (block) => block.replaceAll(/[^\n]/g, ' '));
    return [...text.matchAll(MENTION)].flatMap(({ 1: code = '', index }) =>
      ownCommands(withoutPlaceholders(code), `${path}:${lineAt(text, index)}`),
    );
  });
}

/** `[FILE…]` may be there, of `NAME\|FILE…` one is; the bar has a backslash in tables. HOST:PORT must be an address. */
const withoutPlaceholders = (code: string): string =>
  code
    .replaceAll('\\|', '|')
    .replaceAll(/\[([^\]]*)\]/g, '$1')
    .replaceAll(/(?<=\S)\|\S+/g, '')
    .replaceAll(/ ?…/g, '')
    .replaceAll('HOST:PORT', 'host:1');

/** @param place where the script begins */
export function ownCommands(script: string, place: string): Documented[] {
  return shellCommands(script).flatMap((shell): Documented[] => {
    const own = ownCommand(shell.words);
    return own ? [{ ...own, place: `${place}: ${shell.text}`, shell }] : [];
  });
}

/** `npm start -- …` is trigon; sudo and variables in front are left out. undefined: it is another's. */
function ownCommand(words: readonly string[]): OwnCommand | undefined {
  const begin = words.findIndex((word) => word !== 'sudo' && !/^\w+=/.test(word));
  const [program = '', ...rest] = words.slice(Math.max(begin, 0));
  if (program === 'trigon') return { program, words: rest };
  if (program === 'npm') {
    const isStart = rest[0] === 'start';
    return isStart
      ? { program: 'trigon', words: rest.slice(rest[1] === '--' ? 2 : 1) }
      : { program, words: rest };
  }
  return program === 'node' || program === 'node_modules/.bin/node'
    ? { program: 'node', words: rest }
    : undefined;
}
