import type { HostAbilities } from '../../policies/plan.ts';
import type { AgentOptions, FromAgent } from '../messages.ts';
import { type Catalog, createCatalog } from './catalog.ts';
import type { PolicyEngine } from './engine.ts';
import { reloadFile } from './load.ts';
import type { Actor, PolicyJournal } from './policyJournal.ts';

type Given = {
  options: AgentOptions;
  engine: PolicyEngine;
  host: HostAbilities;
  during: PolicyJournal['during'];
  tell(message: FromAgent): void;
  tellChanges(): void;
  onProblem(error: unknown): void;
};

/** The catalog of the options' files over the engine: what changes is written into the journal, and told. */
export function openCatalog(given: Given): Catalog {
  const { options, engine, host, during, tell, tellChanges } = given;
  const byStart: Actor = { via: 'start', by: options.operator };
  const byFile: Actor = { via: 'trigon', reason: 'its file changed, back to monitor' };
  const loadedOf = (file: string) =>
    engine.describe().filter((policy) => policy.file === file && policy.origin !== 'added');
  const armedOf = (file: string) => loadedOf(file).filter(({ mode }) => mode === 'enforce');

  /** Whoever armed it counts on it. */
  const changing = <T>(file: string, action: () => T): T => {
    const before = armedOf(file);
    const result = during(byFile, action);
    const after = new Set(armedOf(file).map(({ id }) => id));
    for (const { id, name } of before) {
      if (after.has(id)) continue;
      const text = `${name}: its file changed, so it is not armed any more`;
      tell({ type: 'notice', level: 'warning', text });
    }
    tellChanges();
    return result;
  };

  return createCatalog({
    sources: options.policies,
    variables: options.variables,
    owners: new Set([0, process.getuid?.() ?? 0, ...(options.policyOwners ?? [])]),
    load(text, isStart) {
      const load = () => reloadFile(engine, host, text);
      return isStart ? during(byStart, load) : changing(text.file, load);
    },
    keep(file, problems) {
      for (const { id } of loadedOf(file)) engine.setProblems(id, problems);
    },
    remove(file) {
      changing(file, () => {
        for (const { id } of loadedOf(file)) engine.remove(id);
      });
    },
    onReport(report) {
      tellChanges();
      tell({ type: 'loaded', ...report });
    },
    onProblem: given.onProblem,
  });
}
