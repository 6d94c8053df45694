import type { FieldTable, FilterSubject } from '../../events/filter/language.ts';
import { SEVERITIES } from '../../events/severity.ts';
import type { PolicyEntry } from './policyRows.ts';

/** What can be asked of a policy when it is looked for. */
export const POLICY_FIELDS = {
  name: { about: 'name of the policy' },
  title: { about: 'what it watches, in a few words' },
  mode: { about: 'off, monitor or enforce', match: 'whole', values: ['off', 'monitor', 'enforce'] },
  severity: {
    ...{ about: 'how bad what it sees is', match: 'whole' },
    ...{ order: SEVERITIES, values: SEVERITIES },
  },
  mitre: { about: 'ids of MITRE ATT&CK' },
  hook: { about: 'what it hooks' },
  matched: { about: 'what it has seen', match: 'whole', order: 'number' },
} as const satisfies FieldTable;

/** A policy, or a file that could not be loaded, as finding sees it. */
export function policySubject(entry: PolicyEntry): FilterSubject<keyof typeof POLICY_FIELDS> {
  if (entry.kind === 'file') {
    const { file } = entry.file;
    return { field: (name) => (name === 'name' ? file : ''), text: () => file };
  }
  const { policy } = entry;
  const hooks = () => policy.hooks.map(({ call }) => call).join(' ');
  return {
    field(name) {
      switch (name) {
        case 'mitre':
          return policy.mitre.join(' ');
        case 'hook':
          return hooks();
        case 'matched':
          return String(policy.counts.matched);
        case 'severity':
          return policy.severity ?? '';
        default:
          return policy[name];
      }
    },
    text() {
      const { name, title, sentence, severity = '', mitre } = policy;
      return [name, title, sentence, severity, mitre.join(' '), hooks()].join(' ');
    },
  };
}
