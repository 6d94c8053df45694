import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraryFolder, projectRoot } from '../agent/client.ts';
import { readPolicyPath } from '../agent/policies/policyFiles.ts';
import { actProgram } from '../agent/workerFiles.ts';
import { parsePolicies } from '../policies/parse.ts';
import { type LabContext, type LabResult, readLab } from './read.ts';

/** The program that does an attack's deeds. */
export const attackProgram = actProgram;

/** The folder that attacks of this process have for themselves, below a /tmp of their own: nothing of that name is made here. */
export const labFolder = (): string => `/tmp/trigon-lab-${process.pid}`;

const LABS = () => join(projectRoot(), 'src', 'labs', 'library');

/** Names of the labs that come with Trigon. */
export function labNames(): string[] {
  return readdirSync(LABS())
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** A lab of ours by its name, or a file: what looks like a path, or is no lab's name. */
export function labFile(nameOrFile: string): string {
  const ours = join(LABS(), `${nameOrFile}.yaml`);
  return !nameOrFile.includes('/') && existsSync(ours) ? ours : nameOrFile;
}

/** Reads labs: what they may refer to is read once. */
export function createLabReader(): (file: string) => LabResult {
  const context: LabContext = {
    folder: labFolder(),
    library: new Set(libraryPolicies().keys()),
    deeds: knownDeeds(),
  };
  return (file) => {
    try {
      return readLab(readFileSync(file, 'utf8'), file, context);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return {
        errors: [{ file, line: 1, column: 1, field: '', message: `can't be read: ${reason}` }],
      };
    }
  };
}

/** Files of the library's policies, by their names. One that isn't right is told of by those who load it. */
export function libraryPolicies(): ReadonlyMap<string, string> {
  return new Map(
    readPolicyPath(libraryFolder()).flatMap(({ source, file }) =>
      source === undefined
        ? []
        : (parsePolicies(source, file).policies ?? []).map(({ name }) => [name, file] as const),
    ),
  );
}

/** As the program that does them tells: `name<tab>arguments<tab>help`. undefined: it isn't there; an attack then says so. */
function knownDeeds(): ReadonlySet<string> | undefined {
  if (!existsSync(attackProgram())) return undefined;
  const list = execFileSync(attackProgram(), ['list'], { encoding: 'utf8' });
  return new Set(list.split('\n').flatMap((line) => line.split('\t')[0] || []));
}
