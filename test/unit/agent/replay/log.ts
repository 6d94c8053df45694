/** Lines as Tetragon's export has them. */
import { formatExecId } from '../../../../src/events/execId.ts';
import { decodeEvent, encodeEvent } from '../../../../src/events/json.ts';
import { formatTimestamp } from '../../../../src/events/time.ts';

export const START = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
/** Boot clock at START. */
const BOOT = 100n * SECOND;

export const at = (seconds: number): bigint => START + BigInt(Math.round(seconds * 1e9));

export type Program = {
  readonly pid: number;
  /** Of its exec, since START. */
  readonly seconds: number;
  readonly parent?: Program;
  readonly binary?: string;
  readonly arguments?: string;
  readonly flags?: string;
  readonly uid?: number;
  /** Its name, where the log tells it. */
  readonly user?: string;
  readonly node?: string;
  /** Boot clock at START, ns. */
  readonly boot?: bigint;
};

export const INIT: Program = { pid: 1, seconds: -50, binary: '/sbin/init', flags: 'procFS' };

const execId = ({ node = 'n1', pid, seconds, boot = BOOT }: Program): string =>
  formatExecId({ node, pid, ktimeNs: boot + BigInt(Math.round(seconds * 1e9)) });

export const processOf = (program: Program) => ({
  exec_id: execId(program),
  pid: program.pid,
  uid: program.uid ?? 0,
  ...(program.user === undefined ? {} : { user: { name: program.user } }),
  cwd: '/',
  binary: program.binary ?? `/bin/p${program.pid}`,
  arguments: program.arguments ?? '',
  flags: program.flags ?? 'execve rootcwd clone',
  start_time: formatTimestamp(at(program.seconds)),
  auid: 1000,
  parent_exec_id: program.parent ? execId(program.parent) : execId({ pid: 0, seconds: -100 }),
  tid: program.pid,
});

const line = (kind: string, program: Program, seconds: number, body: object = {}): string =>
  // As our encoder writes it, so that lines can be compared.
  encodeEvent(
    decodeEvent(
      JSON.stringify({
        [kind]: {
          process: processOf(program),
          ...(program.parent ? { parent: processOf(program.parent) } : {}),
          ...body,
        },
        node_name: program.node ?? 'n1',
        time: formatTimestamp(at(seconds)),
      }),
    ),
  );

export const exec = (program: Program): string =>
  line('process_exec', program, Math.max(program.seconds, 0));

export const exit = (program: Program, seconds: number, body: object = {}): string =>
  line('process_exit', program, seconds, { ...body, time: formatTimestamp(at(seconds)) });

export const file = (program: Program, seconds: number, path: string, body: object = {}): string =>
  line('process_kprobe', program, seconds, {
    function_name: 'security_file_permission',
    args: [{ file_arg: { path } }, { int_arg: 2 }],
    action: 'KPROBE_ACTION_POST',
    policy_name: 'files',
    ...body,
  });

/** Processes that come one a tenth of a second, write to a file, and end a second later. */
export function manyLines(count: number): string[] {
  const lines = [exec(INIT)];
  const started: Program[] = [];
  for (let i = 0; i < count; i++) {
    const seconds = i / 10;
    const program = { pid: 100 + i, seconds, parent: INIT, binary: `/bin/b${i % 7}` };
    started.push(program);
    lines.push(exec(program), file(program, seconds + 0.05, `/etc/f${i % 5}`));
    const old = started[i - 10];
    if (old) lines.push(exit(old, seconds + 0.06));
  }
  return lines;
}
