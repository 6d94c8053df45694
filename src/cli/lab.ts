import { hostname } from 'node:os';
import { NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import { escapeLines, escapeText } from '../events/text.ts';
import { createLabReader, labFile, labNames } from '../labs/catalog.ts';
import type { Lab } from '../labs/lab.ts';
import { labFolder } from '../labs/places.ts';
import { type Played, playLab } from '../labs/play.ts';
import { formatPolicyError } from '../policies/model.ts';
import { suggest } from '../suggest.ts';
import type { LabOptions } from './labCommandLine.ts';
import { UsageError } from './optionValues.ts';
import { RING_BYTES } from './ringBytes.ts';

/** `trigon lab …` but for the screen. Resolves to the exit code: 1, a lab is wrong or can't be played. */
export async function runLab(options: Exclude<LabOptions, { command: 'start' }>): Promise<number> {
  switch (options.command) {
    case 'list':
      return list();
    case 'check':
      return check(options.files);
    case 'test':
      return test(options.all ? labNames() : options.labs, options.output);
  }
}

/**
 * A lab of ours by name, or a teacher's file; what is wrong with it goes to standard error.
 *
 * @throws UsageError when it is neither
 */
export function findLab(nameOrFile: string): Lab | undefined {
  const file = labFile(nameOrFile);
  if (file === nameOrFile && !nameOrFile.includes('/') && !/\.ya?ml$/.test(nameOrFile)) {
    const names = labNames();
    const near = suggest(nameOrFile, names);
    const hint = near ? `did you mean "${near}"?` : `there are: ${names.join(', ')}`;
    throw new UsageError(`there is no lab "${nameOrFile}"; ${hint}`);
  }
  const { lab, errors } = createLabReader()(file);
  for (const error of errors ?? []) process.stderr.write(`${formatPolicyError(error)}\n`);
  return lab;
}

function list(): number {
  const read = createLabReader();
  const results = labNames().map((name) => read(labFile(name)));
  for (const { lab, errors } of results) {
    if (lab)
      print(
        `${lab.name.padEnd(18)}${lab.level.padEnd(14)}${`${lab.minutes} min`.padEnd(8)}${lab.title}`,
      );
    for (const error of errors ?? []) process.stderr.write(`${formatPolicyError(error)}\n`);
  }
  print('\nStart one: sudo trigon lab NAME');
  return results.every(({ lab }) => lab) ? 0 : 1;
}

function check(files: readonly string[]): number {
  const read = createLabReader();
  let isRight = true;
  for (const file of files) {
    const { lab, errors } = read(file);
    if (lab)
      print(
        `${file}: right; ${lab.steps.length} steps, policies: ${lab.policies.join(', ') || 'none'}`,
      );
    else isRight = false;
    for (const error of errors ?? []) print(formatPolicyError(error));
  }
  return isRight ? 0 : 1;
}

async function test(names: readonly string[], output: 'text' | 'json'): Promise<number> {
  const results: Played[] = [];
  for (const name of names) {
    const lab = findLab(name);
    const played = lab
      ? await play(lab)
      : { lab: name, ok: false, steps: 0, passed: 0, why: 'its file has errors' };
    results.push(played);
    if (output === 'text') print(row(played));
  }
  const ok = results.every((result) => result.ok);
  if (output === 'json') print(JSON.stringify({ ok, results }, null, 2));
  return ok ? 0 : 1;
}

/** Listens on no socket and shows nothing: it is in nobody's way. */
const play = (lab: Lab): Promise<Played> =>
  playLab(lab, {
    node: hostname(),
    output: { kind: 'records' },
    ringBytes: RING_BYTES,
    policies: [],
    variables: { LAB: labFolder() },
    allowNetworkActions: false,
    controlSocket: undefined,
    detail: NO_DETAIL_OPTIONS,
    protect: [process.ppid],
  });

const row = ({ lab, ok, steps, passed, why }: Played): string =>
  `${ok ? 'ok     ' : 'FAILED '}${lab.padEnd(18)}${passed}/${steps} steps${why ? `  ${escapeText(why)}` : ''}`;

const print = (text: string) => process.stdout.write(`${escapeLines(text)}\n`);
