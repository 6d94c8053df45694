import { basename } from 'node:path';
import { type PolicyFile, readPolicyPath } from '../agent/policies/policyFiles.ts';
import { formatPolicyError } from '../policies/model.ts';
import { parsePolicies } from '../policies/parse.ts';
import { suggest } from '../suggest.ts';
import { UsageError } from './optionValues.ts';
import { libraryFolder } from './policySources.ts';

/** A policy that is to be tried. */
export type WantedPolicy = {
  name: string;
  file: string;
  /** What is wrong with its file, as compilers print it; empty: nothing. It is loaded only then. */
  errors: string[];
};

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * @param words names of policies of the library, and paths of policy files and folders: they hold a slash or end in .yaml or .yml
 * @param all everything in the library
 * @throws UsageError for a name that the library doesn't have
 */
export function wantedPolicies(
  words: readonly string[],
  all: boolean,
  variables: Variables,
): WantedPolicy[] {
  const read = (path: string) =>
    readPolicyPath(path).flatMap((file) => policiesOf(file, variables));
  const library = all || words.some((word) => !isPath(word)) ? read(libraryFolder()) : [];
  const found = words.flatMap((word) => (isPath(word) ? read(word) : [inLibrary(library, word)]));
  const wanted = all ? library : found;
  const keys = wanted.map(({ file, name }) => `${file}\0${name}`);
  return wanted.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

const isPath = (word: string): boolean => word.includes('/') || /\.ya?ml$/.test(word);

function inLibrary(library: readonly WantedPolicy[], name: string): WantedPolicy {
  const found = library.find((policy) => policy.name === name);
  if (found) return found;
  const near = suggest(
    name,
    library.map((policy) => policy.name),
  );
  const hint = near ? `did you mean "${near}"?` : 'a file needs its path, such as ./policy.yaml.';
  throw new UsageError(`the library has no policy "${name}"; ${hint}`);
}

/** All of a file; one that stands for the file as a whole, when it can't be read. */
function policiesOf(read: PolicyFile, variables: Variables): WantedPolicy[] {
  const { file } = read;
  const { policies, errors } = read.error
    ? { errors: [read.error] }
    : parsePolicies(read.source, file, { variables });
  if (policies) return policies.map(({ name }) => ({ name, file, errors: [] }));
  const name = basename(file).replace(/\.ya?ml$/, '');
  return [{ name, file, errors: errors.map(formatPolicyError) }];
}
