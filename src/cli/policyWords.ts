/** What words of a command line stand for: policies of the library by name, or files. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { libraryFolder } from '../agent/client.ts';
import { type PolicyFile, readPolicyFile, readPolicyPath } from '../agent/policies/policyFiles.ts';
import { formatPolicyError } from '../policies/model.ts';
import { parsePolicies } from '../policies/parse.ts';
import { suggest } from '../suggest.ts';
import { UsageError } from './optionValues.ts';
import { readPolicyFiles } from './policyFiles.ts';

/**
 * @param words names of policies of the library, and paths of policy files and folders: they hold a slash or end in .yaml or .yml;
 * `-` is standard input
 * @throws UsageError for a name that the library doesn't have
 */
export async function readNamedPolicies(words: readonly string[]): Promise<PolicyFile[]> {
  const files: PolicyFile[] = [];
  for (const word of words)
    files.push(...(word === '-' ? await readPolicyFiles([word]) : readWord(word)));
  return files;
}

const readWord = (word: string): PolicyFile[] =>
  isPath(word) ? readPolicyPath(word) : [readPolicyFile(libraryFile(word))];

const isPath = (word: string): boolean => word.includes('/') || /\.ya?ml$/.test(word);

/** Each policy of the library has a file of its name. @throws UsageError */
function libraryFile(name: string): string {
  const names = readdirSync(libraryFolder()).map(nameOf);
  if (names.includes(name)) return join(libraryFolder(), `${name}.yaml`);
  const near = suggest(name, names);
  const hint = existsSync(name)
    ? `for the file here write "./${name}".`
    : near
      ? `did you mean "${near}"?`
      : 'a file needs its path, such as ./policy.yaml.';
  throw new UsageError(`the library has no policy "${name}"; ${hint}`);
}

const nameOf = (file: string): string => basename(file).replace(/\.ya?ml$/, '');

/** A policy that is to be tried. */
export type WantedPolicy = {
  name: string;
  file: string;
  /** What is wrong with its file, as compilers print it; empty: nothing. It is loaded only then. */
  errors: string[];
};

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * @param words names of policies of the library, and paths, but not `-`: an agent reads the files
 * @param all everything in the library
 * @throws UsageError for a name that the library doesn't have
 */
export function wantedPolicies(
  words: readonly string[],
  all: boolean,
  variables: Variables,
): WantedPolicy[] {
  const files = all ? readPolicyPath(libraryFolder()) : words.flatMap(readWord);
  const wanted = files.flatMap((file) => policiesOf(file, variables));
  const keys = wanted.map(({ file, name }) => `${file}\0${name}`);
  return wanted.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

/** All of a file; one that stands for the file as a whole, when it can't be read. */
function policiesOf(read: PolicyFile, variables: Variables): WantedPolicy[] {
  const { file } = read;
  const { policies, errors } = read.error
    ? { errors: [read.error] }
    : parsePolicies(read.source, file, { variables });
  if (policies) return policies.map(({ name }) => ({ name, file, errors: [] }));
  return [{ name: nameOf(file), file, errors: errors.map(formatPolicyError) }];
}
