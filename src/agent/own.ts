import { realpathSync } from 'node:fs';
import type { Victims } from './aggregate/blast.ts';
import type { BlastRow } from './messages.ts';
import { readExe } from './procfs.ts';

/** The way to this host: what must not be hit, or the operator can't get at it any more. */
export type OwnProcesses = {
  /** Of findGuarded (guard.ts): nothing of them is hit, but what runs the same programs is. */
  protected: readonly number[];
  /** Trigon: the agent and its guardian. */
  trigon: readonly number[];
};

const SSHD = /\/sshd(-[a-z]+)*$/;

/**
 * Tells of hits whether they are Trigon's own, those of the SSH server, or of the operator's session: its processes, or others
 * that run one of its programs, as the next session would.
 */
export function createOwnership({
  protected: session,
  trigon,
}: OwnProcesses): (victims: Pick<Victims, 'binary' | 'pids'>) => BlastRow['own'] {
  const [ownPids, sessionPids] = [new Set(trigon), new Set(session)];
  const programs = new Set(session.filter((pid) => !ownPids.has(pid)).map(readExe));
  programs.delete('');
  return ({ binary, pids }) => {
    if (pids.some((pid) => ownPids.has(pid))) return 'trigon';
    if (SSHD.test(binary)) return 'sshd';
    const isOfSession = pids.some((pid) => sessionPids.has(pid)) || programs.has(realPath(binary));
    return isOfSession ? 'session' : undefined;
  };
}

/** Where programs of the system lie. Elsewhere may be a network file system that hangs, and with it whoever follows its links. */
const SYSTEM = /^\/(?:usr\/|s?bin\/)/;

/** Events show the name that a program was started by, /proc the file: `/bin/sh`, `/usr/bin/dash`. */
function realPath(binary: string): string {
  if (!SYSTEM.test(binary)) return binary;
  try {
    return realpathSync(binary);
  } catch {
    return binary;
  }
}
