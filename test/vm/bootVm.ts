import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BOOTS, type BootName } from './boots.ts';
import type { Findings, GuestLine } from './case.ts';
import type { Programs } from './programs.ts';

const RUNNER = fileURLToPath(new URL('run', import.meta.url));

/** Of a whole boot; a case that hangs is ended much sooner, by the guest. */
const LIMIT_SECONDS = 40 * 60;

export type CaseResult = {
  name: string;
  /** Undefined: it passed. */
  problem: string | undefined;
  seconds: number;
  found: Findings;
};

export type BootResult = { boot: BootName; release: string; results: CaseResult[] };

/**
 * Boots a VM and runs the cases there. Those that the VM did not come to count as failed, with the reason.
 *
 * @param kernel folder of the unpacked kernel
 * @param programs of programs.ts
 * @param onResult is told of each case as it ends
 */
export async function bootVm(
  boot: BootName,
  kernel: string,
  programs: Programs,
  only: string,
  onResult: (result: CaseResult) => void,
): Promise<BootResult> {
  const options = ['--kernel', kernel, '--append', BOOTS[boot].append];
  const environment = [
    '--env',
    `TRIGON_VM_KERNEL=${kernel}`,
    '--env',
    'TRIGON_TEST_LIMIT_MS=90000',
  ];
  const command = [process.execPath, programs.guest, boot, programs.victim, only];
  const child = spawn(
    RUNNER,
    [...options, ...environment, '--timeout', String(LIMIT_SECONDS), '--', ...command],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const endVm = () => child.kill();
  process.once('exit', endVm);
  const results: CaseResult[] = [];
  let release = '';
  let waiting: readonly string[] = [];
  let running: string | undefined;
  let isFinished = false;
  let said = '';

  const end = (result: CaseResult) => {
    running = undefined;
    results.push(result);
    onResult(result);
  };
  const take = (line: GuestLine) => {
    if (line.type === 'started') ({ release, cases: waiting } = line);
    if (line.type === 'begun') running = line.name;
    if (line.type === 'ended') end(line);
    if (line.type === 'finished') isFinished = true;
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const told = parse(line);
    if (told) take(told);
    else said += `${line}\n`;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  process.off('exit', endVm);

  if (!isFinished || code !== 0) {
    const fail = (name: string, problem: string) => end({ name, problem, seconds: 0, found: {} });
    const missing = waiting.filter((name) => !results.some((result) => result.name === name));
    // What the end of the console is about is what ran last.
    const last = running ?? missing[0] ?? 'the VM itself';
    fail(last, `the VM ended with status ${code}, and said:\n${said}`);
    for (const name of missing) if (name !== last) fail(name, 'not run: the VM had ended');
  } else if (said !== '') process.stderr.write(said);
  return { boot, release, results };
}

/** What somebody else has written is no line of the guest's. */
function parse(line: string): GuestLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value
      ? (value as GuestLine) // the guest is ours
      : undefined;
  } catch {
    return undefined;
  }
}
