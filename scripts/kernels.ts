// Loads every policy of the library and of a corpus on this kernel, makes each tell of something, and notes what came of it.
//   node scripts/kernels.ts [--corpus FOLDER] [--write]        needs root, clang, and that Trigon is built
//   node scripts/kernels.ts --library FILE [--write]           for another machine
// FILE is what `trigon policy test --all -o json` printed there; it is all of the library that is looked at. --write keeps the result as
// docs/kernels/KERNEL.json and makes docs/kernels.md of all results that are there.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { TestedKernel, TestReport } from '../src/cli/policyTestTable.ts';
import { EXAMPLES } from '../test/corpus/examples.ts';
import { GOLDEN_POLICIES } from '../test/corpus/goldenPolicies.ts';
import {
  type Ground,
  type Observation,
  observe,
  openGround,
  thisHost,
} from '../test/corpus/observe.ts';
import type { NoTrigger, Trigger } from '../test/corpus/trigger.ts';
import { libraryResult } from './kernelsLibrary.ts';
import {
  type FileResult,
  type HookResult,
  type KernelResults,
  kernelsPage,
  storedResults,
} from './kernelsPage.ts';

const root = join(import.meta.dirname, '..');
const RESULTS = join(root, 'docs/kernels');
const PAGE = join(root, 'docs/kernels.md');

type Source = {
  title: string;
  folder: string;
  triggers: Readonly<Record<string, Trigger | NoTrigger>>;
};

const GOLDEN: Source = {
  title: 'test/golden/policies',
  folder: join(root, 'test/golden/policies'),
  triggers: GOLDEN_POLICIES,
};

const sources = (corpus: string): Source[] =>
  existsSync(corpus)
    ? [{ title: "Tetragon's examples", folder: corpus, triggers: EXAMPLES }, GOLDEN]
    : [GOLDEN];

const policyFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();

/** How the kernel is called in docs/: `6.18-hardened` has nothing but tracepoints to hook on. */
function describeKernel({ version, kprobes, fentry, lsm }: TestedKernel) {
  const lacks = [
    ...(kprobes ? [] : ['no kprobes']),
    ...(fentry ? [] : ['no trampolines']),
    ...(lsm ? [] : ['no LSM programs']),
  ];
  const isHardened = lacks.length === 3;
  return {
    name: isHardened ? `${version}-hardened` : version,
    title: lacks.length === 0 ? version : `${version}, ${lacks.join(', ')}`,
  };
}

async function resultOf(
  file: string,
  trigger: Trigger | NoTrigger | undefined,
  ground: Ground,
): Promise<FileResult> {
  const pulled = trigger && 'deeds' in trigger ? trigger : undefined;
  try {
    return judge(await observe(file, pulled, ground), trigger);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { verdict: 'error', reasons: [reason], hooks: [] };
  }
}

function judge(
  { problems, hooks, missed }: Observation,
  trigger: Trigger | NoTrigger | undefined,
): FileResult {
  if (hooks.length === 0)
    return problems.length > 0
      ? { verdict: 'refused', reasons: [...problems], hooks: [] }
      : { verdict: 'loads', reasons: ['it has no hooks'], hooks: [] };
  const quiet = trigger && 'quiet' in trigger ? trigger.quiet : undefined;
  const results = hooks.map(({ call, obtained, points, events, evidence }): HookResult => {
    const missing = points.filter(({ state }) => state !== 'attached');
    return {
      call,
      obtained: points.length === missing.length ? '' : obtained,
      points: points.length,
      events,
      evidence: evidence ?? null,
      missing: missing.map(
        ({ functionName, reason }) => `${functionName}: ${reason ?? 'not attached'}`,
      ),
      quiet: events === 0 && missing.length < points.length ? (quiet?.[call] ?? null) : null,
    };
  });
  const edits = pulledEdits(trigger);
  if (!trigger || 'never' in trigger)
    return {
      verdict: 'loads',
      reasons: [trigger?.never ?? 'no trigger is written for it'],
      hooks: results,
    };
  if (missed.length > 0)
    return {
      verdict: 'silent',
      reasons: missed.map(({ call, args }) => `no event ${call}(${args.map(words).join(', ')})`),
      hooks: results,
    };
  const fires = results.filter(({ events }) => events > 0).length;
  return {
    verdict: fires === results.length ? 'fires' : 'fires in part',
    reasons: edits,
    hooks: results,
  };
}

const words = (expected: unknown): string =>
  typeof expected === 'function' ? '…' : (JSON.stringify(expected) ?? '…');

const pulledEdits = (trigger: Trigger | NoTrigger | undefined): string[] =>
  trigger && 'edits' in trigger && trigger.edits
    ? trigger.edits(thisHost()).map(([from]) => `with this host’s number in place of ${from}`)
    : [];

/** The library's policies bring their own triggers. @throws Error when it could not be tried */
async function testLibrary(): Promise<TestReport> {
  const command = [join(root, 'bin/trigon.mjs'), 'policy', 'test', '--all', '-o', 'json'];
  const { promise, resolve: done, reject } = Promise.withResolvers<TestReport>();
  execFile(process.execPath, command, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
    // With exit code 1 it may have printed results, of which some are failures.
    if (stdout === '') reject(error ?? new Error(stderr));
    else done(JSON.parse(stdout));
  });
  return promise;
}

async function testSources(corpus: string): Promise<KernelResults['sources']> {
  const ground = openGround();
  const results: KernelResults['sources'] = [];
  try {
    for (const { title, folder, triggers } of sources(corpus)) {
      const files: Record<string, FileResult> = {};
      for (const name of policyFiles(folder)) {
        const result = await resultOf(join(folder, name), triggers[name], ground);
        process.stdout.write(`${result.verdict.padEnd(13)} ${name}${explain(result)}\n`);
        files[name] = result;
      }
      results.push({ title, files });
    }
  } finally {
    ground.remove();
  }
  return results;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      corpus: { type: 'string', default: resolve(root, '../shared/corpus/tetragon-examples') },
      library: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const report: TestReport =
    values.library === undefined
      ? await testLibrary()
      : JSON.parse(readFileSync(values.library, 'utf8'));
  const library = report.results.map(libraryResult);
  for (const { policy, seen, how } of library)
    process.stdout.write(`${seen.padEnd(13)} ${policy}${how === '' ? '' : `: ${how}`}\n`);
  const kernel = describeKernel(report.kernel);
  const known = storedResults(RESULTS).find(({ name }) => name === kernel.name);
  const sources =
    values.library === undefined ? await testSources(values.corpus) : (known?.sources ?? []);
  if (!values.write) return;
  mkdirSync(RESULTS, { recursive: true });
  const results: KernelResults = { ...known, ...kernel, library, sources };
  writeFileSync(join(RESULTS, `${kernel.name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(PAGE, kernelsPage(storedResults(RESULTS)));
}

const explain = ({ verdict, reasons }: FileResult): string =>
  verdict.startsWith('fires') ? '' : `: ${reasons.join('; ')}`;

await main();
