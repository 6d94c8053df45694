/** Every operator on every type of argument, in the kernel: needs root and clang. The table is matrixCases.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARGUMENT_OPERATORS, type ArgumentOperator } from '../../src/policies/model.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { run } from '../driver/command.ts';
import { type Call, type Case, LISTS, SUBJECTS, type Subject } from './matrixCases.ts';
import { type MatrixShop, openMatrixShop } from './matrixShop.ts';

type TestedCase = Extract<Case, { matches: readonly string[] }>;

const testedCases = ({ cases }: Subject): [ArgumentOperator, TestedCase][] =>
  ARGUMENT_OPERATORS.flatMap((operator): [ArgumentOperator, TestedCase][] => {
    const each = cases[operator];
    return each && 'matches' in each ? [[operator, each]] : [];
  });

const policyName = ({ type }: Subject) => `matrix-${type.replaceAll('_', '-')}`;

/** One policy a type, with one hook an operator, whose events carry the operator's name. */
function specOf(subject: Subject, program: string): object {
  const hooks = testedCases(subject).map(([operator, { values, args }]) => {
    const own = {
      ...(args ? { args } : { index: subject.index }),
      operator,
      ...(values && { values }),
    };
    const matchArgs = [...(subject.also ?? []), ...(subject.filter === 'matchArgs' ? [own] : [])];
    const selector = {
      ...(matchArgs.length > 0 && { matchArgs }),
      ...(subject.filter === 'matchData' && { matchData: [own] }),
      ...(!subject.anyBinary && { matchBinaries: [{ operator: 'In', values: [program] }] }),
    };
    return { ...subject.hook, message: operator, selectors: [selector] };
  });
  return { lists: LISTS, [subject.section]: hooks };
}

let shop: MatrixShop;
let agent: AgentUnderTest;
/** The calls that each `type operator` matched, by name. */
const seen = new Map<string, Set<string>>();

const runCall = (call: Call) =>
  'program' in call
    ? run(shop.here(call.program))
    : run(shop.program, shop.here(call.steps).split(' '));

beforeAll(async () => {
  shop = openMatrixShop();
  agent = await startAgent({
    policies: SUBJECTS.map((subject) =>
      shop.policy(policyName(subject), specOf(subject, shop.program)),
    ),
  });
  const callers = new Map<number, { subject: Subject; name: string }>();
  for (const subject of SUBJECTS)
    for (const [name, call] of Object.entries(subject.calls)) {
      const ended = await runCall(call);
      expect(ended, `${subject.type} ${name}`).toMatchObject({ code: 0, stderr: '' });
      if (ended.pid !== undefined) callers.set(ended.pid, { subject, name });
    }
  await agent.catchUp();
  for (const event of agent.events) {
    if (event.kind !== 'process_kprobe' && event.kind !== 'process_tracepoint') continue;
    const caller = callers.get(event.process.pid ?? 0);
    if (!caller || event.policyName !== policyName(caller.subject)) continue;
    const key = `${caller.subject.type} ${event.message}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(caller.name));
  }
});

afterAll(async () => {
  await agent?.stop();
  shop?.remove();
});

test('all policies are loaded whole', async () => {
  expect(agent.problems).toEqual([]);
  for (const subject of SUBJECTS)
    expect(await agent.status(policyName(subject))).toMatchObject({
      condition: 'enabled',
    });
});

describe.each(SUBJECTS.map((subject) => [subject.type, subject] as const))(
  '%s',
  (type, subject) => {
    test.each(testedCases(subject))('%s', (operator, { matches }) => {
      expect([...(seen.get(`${type} ${operator}`) ?? [])].sort()).toEqual([...matches].sort());
      // A case that all calls match, or none, says little.
      expect(matches.length).toBeGreaterThan(0);
      expect(matches.length).toBeLessThan(Object.keys(subject.calls).length);
    });
  },
);
