import { CAPABILITIES, type Capability, kernelCapabilityName } from '../capabilities.ts';
import type { Capabilities } from '../types.ts';
import type { FieldReader } from './fields.ts';

/** Whether a process has what is asked for. */
type CapabilityTest = (held: Capabilities) => boolean;

/** By Tetragon's name, the kernel's, and the number. */
const KNOWN: ReadonlyMap<string | number, Capability> = new Map<string | number, Capability>(
  CAPABILITIES.flatMap((name, number) => [
    [name, name],
    [kernelCapabilityName(name), name],
    [number, name],
  ]),
);

type Comparison = (held: ReadonlySet<Capability>, asked: readonly Capability[]) => boolean;

const COMPARISONS: Readonly<Record<'any' | 'all' | 'exactly' | 'none', Comparison>> = {
  any: (held, asked) => asked.some((name) => held.has(name)),
  all: (held, asked) => asked.every((name) => held.has(name)),
  exactly: (held, asked) =>
    asked.every((name) => held.has(name)) && held.size === new Set(asked).size,
  none: (held, asked) => !asked.some((name) => held.has(name)),
};
const HOW = Object.keys(COMPARISONS) as (keyof typeof COMPARISONS)[];

const SETS = ['permitted', 'effective', 'inheritable'] as const;

/** `{"effective": {"any": ["CAP_SYS_ADMIN"]}}`: of each set that is named, what it says must hold. @throws FilterError */
export function readCapabilityTest(reader: FieldReader): CapabilityTest {
  const tests = SETS.flatMap((set) => {
    const fields = reader.object(set, 'a set of capabilities');
    if (!fields) return [];
    const asked = HOW.flatMap((how) => {
      const names = fields.names(how, KNOWN, 'a capability');
      return names ? [{ compare: COMPARISONS[how], names }] : [];
    });
    fields.end();
    const [only, second] = asked;
    if (!only || second) return reader.fail(set, `needs exactly one of ${HOW.join(', ')}`);
    return [(held: Capabilities) => only.compare(new Set(held[set]), only.names)];
  });
  reader.end();
  return (held) => tests.every((holds) => holds(held));
}
