/** What operators write, or get from others: policies, configuration, themes, filters. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { YAMLException } from 'js-yaml';
import { readConfigText } from '../../../src/cli/configText.ts';
import { filterSubject } from '../../../src/events/filter/fields.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import { decodeEvent } from '../../../src/events/json.ts';
import { createRedaction } from '../../../src/events/redaction.ts';
import { parseFieldFilters } from '../../../src/events/tetragonFilter/fieldFilters.ts';
import { FilterError } from '../../../src/events/tetragonFilter/fields.ts';
import { compileFilters, readFilterLists } from '../../../src/events/tetragonFilter/filters.ts';
import { parseRedactionFilters } from '../../../src/events/tetragonFilter/redactionFilters.ts';
import { escapeText } from '../../../src/events/text.ts';
import { readLab } from '../../../src/labs/read.ts';
import { explainPolicy } from '../../../src/policies/explain.ts';
import { fillPolicies } from '../../../src/policies/fill.ts';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { planPolicy } from '../../../src/policies/planPolicy.ts';
import { readSettings, writeSettings } from '../../../src/ui/settingsText.ts';
import { parseTheme, ThemeError } from '../../../src/ui/themes/file.ts';
import type { Random } from '../../screen/terminal/random.ts';
import { HARDENED } from '../../unit/policies/planHost.ts';
import { DEBIAN_6_12 } from '../../unit/policies/stockHost.ts';
import { type Area, allowing, expectEqual, expectPrintable, oneOf } from './area.ts';
import { eventLines } from './events.ts';
import { changedBytes, changedJson, changedYaml, hostileText } from './mutate.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

type Seeds = readonly [Buffer, ...Buffer[]];

function yamlFiles(...folders: readonly string[]): Seeds {
  const [first, ...rest] = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => readFileSync(join(folder, name))),
  );
  if (!first) throw new Error(`no YAML in ${folders.join(', ')}`);
  return [first, ...rest];
}

/** A folder of more policies to change, such as Tetragon's examples. */
const more = process.env.FUZZ_POLICIES;

const policies: Area = {
  name: 'policies',
  seeds: () => yamlFiles(join(root, 'src', 'policies', 'library'), ...(more ? [more] : [])),
  make: changedYaml,
  check(input) {
    const source = input.toString('utf8');
    const { policies: read, errors, warnings = [] } = parsePolicies(source, 'p.yaml');
    for (const problem of [...(errors ?? []), ...warnings])
      expectPrintable(formatPolicyError(problem), 'an error');
    if (!read) return;
    for (const policy of read) {
      for (const line of explainPolicy(policy)) expectPrintable(escapeText(line), 'a sentence');
      for (const host of [HARDENED, DEBIAN_6_12]) {
        const { plan, errors: refusals = [] } = planPolicy(policy, host);
        for (const problem of [...refusals, ...(plan?.warnings ?? [])])
          expectPrintable(formatPolicyError(problem), 'an obstacle');
        if (plan) explainPolicy(policy, plan);
      }
    }
    const filled = fillPolicies(source, 'p.yaml');
    if (filled.text === undefined) return;
    // What is filled says the same when it is read again.
    const again = parsePolicies(filled.text, 'p.yaml');
    expectEqual(namesOf(again.policies), namesOf(read), 'the filled file');
  },
};

const LABS = join(root, 'src', 'labs', 'library');

/** Labs are written by teachers, and played by root. */
const labs: Area = {
  name: 'labs',
  seeds: () => yamlFiles(LABS),
  make: changedYaml,
  check(input) {
    const context = { folder: '/tmp/trigon-lab-1', library: new Set(['recon']), deeds: undefined };
    const { errors = [] } = readLab(input.toString('utf8'), 'lab.yaml', context);
    for (const problem of errors) expectPrintable(formatPolicyError(problem), 'an error');
  },
};

const namesOf = (read: readonly { readonly name: string }[] | undefined): string =>
  JSON.stringify(read?.map(({ name }) => name) ?? 'refused');

const themes: Area = {
  name: 'themes',
  seeds: () => yamlFiles(join(root, 'themes')),
  make: changedYaml,
  check(input) {
    const theme = allowing(oneOf(ThemeError), () => parseTheme(input.toString('utf8'), 't.yaml'));
    if (theme && Object.getPrototypeOf(theme.slots) !== Object.prototype)
      throw new Error('slots have another prototype');
  },
};

const CONFIG = `fps: 5
theme: dark
columns: [time, binary]
export: /var/log/x.json
agent:
  node: host
  policy: [a.yaml, b.yaml]
keys:
  view.zoom: [f11, ctrl+p]
  row.tag:
`;

const config: Area = {
  name: 'config',
  seeds: () => [Buffer.from(CONFIG), Buffer.from('sort: {tree: pid}\nfilters: {a: b}\n')],
  make: changedYaml,
  check(input) {
    const text = input.toString('utf8');
    for (const warning of readConfigText(text, 'c.yaml').warnings)
      expectPrintable(escapeText(warning), 'a warning');
    // It says that it throws; whoever reads the file catches everything.
    const read = allowing(oneOf(Error, YAMLException), () => readSettings(text));
    if (!read) return;
    const { settings } = read;
    // What is written is read as the same.
    const written = writeSettings(settings);
    expectEqual(writeSettings(readSettings(written).settings), written, 'the settings');
  },
};

const FILTERS = [
  'curl !exit (exec OR exit) "two words" ~chrme binary:curl pid>1000 time>=12:03 container:*',
  'args:/-[rf]+ / path:/etc/ssh/ binary!=cat severity>=high age<5s uid=0 !(a b) status!=0',
];
const FILTER_PARTS = [
  ...['!', '(', ')', '"', ' ', ' OR ', '\\', '~', ':', '=', '!=', '<', '>=', '/', '*', '/.*/'],
  ...['pid', 'args', 'time', 'binary', 'label', '12:03', '-30s', '(a+)+$', '(?i)', '{1,1000}', 'x'],
] as const;

function filterText(random: Random, seeds: Seeds): Buffer {
  if (random.below(3) === 0) return changedBytes(random, seeds);
  const parts = Array.from({ length: random.below(30) }, () =>
    random.below(6) === 0 ? hostileText(random) : random.pick([FILTER_PARTS[0], ...FILTER_PARTS]),
  );
  const times = random.pick([1, 1, 1, 50, 5000]);
  return Buffer.from(parts.join('').repeat(times)).subarray(0, 64 << 10);
}

const filterLanguage: Area = {
  name: 'filters',
  seeds: () => [Buffer.from(FILTERS[0] ?? ''), Buffer.from(FILTERS[1] ?? '')],
  make: filterText,
  check(input) {
    const text = input.toString('utf8');
    const result = parseFilter(text);
    if (result.error !== undefined) {
      expectPrintable(escapeText(result.error), 'an error');
      if (result.at < 0 || result.at > text.length) throw new Error(`a mistake at ${result.at}`);
      return;
    }
    for (const event of sampleEvents())
      result.filter(filterSubject(event, { userName: String, severityOf: () => 'high' }));
  },
};

let samples: ReturnType<typeof decodeEvent>[] | undefined;

function sampleEvents() {
  samples ??= eventLines()
    .slice(0, 6)
    .map((line) => decodeEvent(line.toString('utf8')));
  return samples;
}

const EXPORT_FILTERS = [
  '{"binary_regex":["^/usr"],"event_set":["PROCESS_EXEC"],"pid":[1],"labels":["app in (a, b)"]}',
  '{"arguments_regex":["(x+)+y"],"capabilities":{"effective":{"any":["CAP_BPF"]}},"policy_names":["p"]}',
  '{"cel_expression":["process_exec.process.pid > 1 && process_exec.process.binary.matches(\'a.*\')"]}',
  '{"fields":"process.pid,process.binary","action":"INCLUDE"}',
  '{"binary_regex":["x"],"redact":["--password[= ](\\\\S+)"]}',
];

const exportFilters: Area = {
  name: 'export-filters',
  seeds: () => {
    const [first = '', ...rest] = EXPORT_FILTERS;
    return [Buffer.from(first), ...rest.map((line) => Buffer.from(line))];
  },
  make: changedJson,
  async check(input) {
    const text = input.toString('utf8');
    const refuses = oneOf(FilterError);
    const message = (error: unknown) =>
      expectPrintable(error instanceof Error ? error.message : '', 'an error');
    const [event] = sampleEvents();
    allowing(refuses, () => parseFieldFilters(text));
    const redaction = allowing(refuses, () => parseRedactionFilters(text, '--redaction-filters'));
    if (redaction) {
      const redact = createRedaction(redaction);
      redact?.begin();
      redact?.argv('/bin/x', ['x', '-p', 'secret', '--password', text.slice(0, 300)]);
    }
    try {
      const abilities = { credentials: true, ancestors: [] };
      const filter = await compileFilters(readFilterLists(text, ''), { abilities });
      if (event) filter.wants(event);
    } catch (error) {
      if (!refuses(error)) throw error;
      message(error);
    }
  },
};

const CEL_PARTS = [
  ...['process_exec', 'process_kprobe', '.process', '.binary', '.pid', '.args[0]', '(', ')', '"a"'],
  ...[' && ', ' || ', ' == ', ' + ', '!', '[1,2]', '.size()', '.matches("(a+)+")', '1', '-', 'in'],
  ...['.exists(x, x == 1)', '.map(x, x)', '? 1 : 2', '{"a": 1}', 'duration("1s")', 'ip("1.2.3.4")'],
] as const;

const cel: Area = {
  name: 'cel',
  seeds: () => [Buffer.from("process_exec.process.binary.startsWith('/bin')")],
  make(random, seeds) {
    if (random.below(4) === 0) return changedBytes(random, seeds).subarray(0, 4096);
    const parts = Array.from({ length: random.below(24) }, () =>
      random.pick([CEL_PARTS[0], ...CEL_PARTS]),
    );
    return Buffer.from(parts.join('').repeat(random.pick([1, 1, 1, 100]))).subarray(0, 20_000);
  },
  async check(input) {
    const list = JSON.stringify({ cel_expression: [input.toString('utf8')] });
    const abilities = { credentials: true, ancestors: [] };
    try {
      const filter = await compileFilters(readFilterLists(list, ''), { abilities });
      for (const event of sampleEvents()) filter.wants(event);
    } catch (error) {
      if (!oneOf(FilterError)(error)) throw error;
      expectPrintable(error instanceof Error ? error.message : '', 'an error');
    }
  },
};

export const POLICY_AREAS: readonly Area[] = [
  policies,
  labs,
  themes,
  config,
  filterLanguage,
  exportFilters,
  cel,
];
