import type { PolicyStatus } from '../../agent/messages.ts';
import type { Severity } from '../../policies/model.ts';

/** Severities by the names of their policies. Those of policies that are gone stay, for their events do. */
export type Severities = {
  /** Another map when something has changed. */
  readonly byName: ReadonlyMap<string, Severity>;
};

/** @param policies as they are now; another list when something has changed */
export function createSeverities(policies: () => readonly PolicyStatus[]): Severities {
  let byName: ReadonlyMap<string, Severity> = new Map();
  let noted: readonly PolicyStatus[] = [];

  const note = () => {
    noted = policies();
    const isSame = ({ name, severity }: PolicyStatus) => byName.get(name) === severity;
    if (noted.every(isSame)) return;
    const changed = new Map(byName);
    for (const { name, severity } of noted) {
      if (severity === undefined) changed.delete(name);
      else changed.set(name, severity);
    }
    byName = changed;
  };

  return {
    get byName() {
      if (noted !== policies()) note();
      return byName;
    },
  };
}
