import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { spawnAct } from '../agent/trials/act.ts';
import { deedText, encodeScript, readProblems } from '../agent/trials/script.ts';
import type { PolicyDeed } from '../policies/model.ts';
import type { Ending } from './lab.ts';

/** How an attack ended; `failed`: some deed couldn't be done, or there was no sandbox for it. */
export type AttackResult = { ending: Ending | 'failed'; words: string };

export type Attack = {
  /** Of the program that made the sandbox: all processes of the attack descend from it. */
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<AttackResult>;
  /** Ends all of its processes at once. */
  stop(): void;
};

/**
 * Runs a script in a sandbox of its own (native/act): it sees the host's files and can't change them, its network is its own, and
 * it ends when this process does. `folder` is there for it alone, and empty at first.
 *
 * @param program path of build/act
 */
export function startAttack(
  program: string,
  script: readonly PolicyDeed[],
  folder: string,
): Attack {
  const settings = [
    ['private', '/tmp'],
    ['private', folder],
  ];
  const child = spawnAct(program);
  const { pid } = child;
  if (pid === undefined) {
    const ended = once(child, 'error').then(
      ([error]): AttackResult => ({ ending: 'failed', words: `did not start: ${String(error)}` }),
    );
    return { pid: 0, ended, stop() {} };
  }
  child.stdin.on('error', () => {}); // It may end before it has read everything; its report tells why.
  child.stdin.end(encodeScript([...settings, ...script]));
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return {
    pid,
    ended: said.then(([report, complaint, [code]]) =>
      readReport(report, complaint, code, script, settings.length),
    ),
    stop() {
      child.kill('SIGKILL');
    },
  };
}

/** What the C library says of EPERM and EACCES, which is what a denial looks like from inside. */
const REFUSED = /: (Operation not permitted|Permission denied)$/;

/**
 * @param report lines of act, see native/act/main.c
 * @param code its exit code; null: it was killed
 * @param before deeds that were put before the script: the report counts them too
 */
export function readReport(
  report: string,
  complaint: string,
  code: number | null,
  script: readonly PolicyDeed[],
  before: number,
): AttackResult {
  if (/^ended\t9\t/m.test(report)) return { ending: 'killed', words: 'was killed by SIGKILL' };
  const problems = readProblems(report);
  const [first] = problems;
  if (first) {
    // What is refused before the script begins is no denial: the sandbox couldn't be made.
    const refused = problems.every(({ deed = -1, text }) => deed >= before && REFUSED.test(text));
    const deed = script[(first.deed ?? -1) - before];
    const where = deed ? ` at "${deedText(deed)}"` : '';
    const what = refused ? 'was refused' : 'failed';
    return {
      ending: refused ? 'denied' : 'failed',
      words: `${what}${where}: ${first.text}`,
    };
  }
  if (code !== 0) {
    const didBegin = /^begun\t/m.test(report);
    return {
      ending: 'failed',
      words: didBegin ? 'was stopped' : `did not start: ${complaint.trim()}`,
    };
  }
  return { ending: 'done', words: 'did all it wanted' };
}
