import { signalNumber } from '../events/signals.ts';
import { escapeText, quoteIfNeeded } from '../events/text.ts';
import type { Process } from '../events/types.ts';
import { isKernelThread } from './aggregate/program.ts';
import { isBpfError, signalProcess } from './bpf/addon.ts';
import { findGuarded, type Guarded } from './guard.ts';
import type { JournalEntry, Operator } from './journal.ts';
import type { HandSignal, ProcessRef, SignalTarget, TargetAnswer } from './messages.ts';
import type { ProcessEntry, ProcessTable } from './processTable.ts';

/** Signals that the operator sends by hand: the one place that decides, acts and writes it down. */
export type HandSignals = {
  /** Who it is, and why it would be refused. */
  find(process: ProcessRef): TargetAnswer;
  /** @returns what became of it, for the operator */
  send(signal: HandSignal, processes: readonly ProcessRef[], by: Operator | undefined): Outcome;
};

export type Outcome = { readonly text: string; readonly level: 'info' | 'warning' };

type Options = {
  table: Pick<ProcessTable, 'find' | 'findLive'>;
  /** What is shown of a process. */
  read(entry: ProcessEntry): Process;
  /** Ns to add to the boot clock to get the wall clock. */
  bootToWall(): bigint;
  /** Trigon as of now: the agent, its guardian, its screens. */
  own(): readonly number[];
  /** For while all of /proc is read: `Safety.pulse`. */
  pulse?: () => void;
  readOnly: boolean;
  onJournal(entry: JournalEntry): void;
};

const NS_PER_TICK = 10_000_000n;
const MAX_DETAIL = 256;
/** Signalled at once, at most: nothing else is done meanwhile. */
const MOST_PROCESSES = 1000;
/** Questions, of which there may be many, share what was looked up. A signal has it looked up for itself. */
const GUARDED_MS = 1000;

const READ_ONLY = 'no signal is sent: Trigon was started with --read-only';
const UNKNOWN = 'this process is not known any more';
const ENDED = 'it has ended';

const ticksOf = ({ start }: Pick<ProcessEntry, 'start'>): bigint => start / NS_PER_TICK;

export function createHandSignals(options: Options): HandSignals {
  const { table, readOnly } = options;

  /** The process of a row, as it is now: another program may run in it. */
  const findNow = ({ pid, ktime }: ProcessRef): ProcessEntry | string => {
    const entry = table.find(pid, ktime);
    if (!entry) return UNKNOWN;
    const live = table.findLive(pid);
    return live && ticksOf(live) === ticksOf(entry) ? live : ENDED;
  };

  let known: { guarded: Guarded | string; at: number } | undefined;
  /** It reads all of /proc: once for all processes of a request. A string: why it could not. */
  const lookUpGuarded = (maxAge = 0): Guarded | string => {
    const now = performance.now();
    if (known && now - known.at < maxAge) return known.guarded;
    known = { guarded: tryToFindGuarded(options.own(), options.pulse), at: now };
    return known.guarded;
  };

  const refusalOf = (
    { tgid, record }: ProcessEntry,
    guarded: Guarded | string,
  ): string | undefined => {
    if (readOnly) return READ_ONLY;
    if (tgid === 1) return 'it is the first process: the host depends on it';
    if (isKernelThread(record)) return 'it is a kernel thread, which takes no signals';
    if (options.own().includes(tgid)) return 'it is Trigon itself';
    if (typeof guarded === 'string') return guarded;
    if (guarded.session.has(tgid))
      return 'Trigon runs below it: your shell, sudo, sshd or terminal';
    if (guarded.onTerminal.has(tgid)) return 'it runs on your terminal';
    return undefined;
  };

  const targetOf = (entry: ProcessEntry): SignalTarget => {
    const { binary, arguments: args, uid } = options.read(entry);
    const startedAt = Number((entry.start + options.bootToWall()) / 1_000_000n);
    return { pid: entry.tgid, binary, arguments: args, uid, startedAt };
  };

  /** `curl (4711)`, harmless. */
  const nameOf = (entry: ProcessEntry): string => {
    const { binary } = options.read(entry);
    return `${quoteIfNeeded(binary.slice(binary.lastIndexOf('/') + 1)) || '?'} (${entry.tgid})`;
  };

  /** @returns why not; undefined: it was sent */
  const sendOne = (
    signal: HandSignal,
    entry: ProcessEntry,
    guarded: Guarded | string,
    by: Operator | undefined,
  ): string | undefined => {
    const refusal = refusalOf(entry, guarded);
    if (refusal !== undefined) return refusal;
    try {
      signalProcess(entry.tgid, ticksOf(entry), signalNumber(signal) ?? 0);
    } catch (error) {
      return failureWords(error);
    }
    const path = quoteIfNeeded(options.read(entry).binary) || '?';
    options.onJournal({
      ...{ time: Date.now(), action: 'signalled', policy: '', via: 'screen' },
      detail: escapeText(`${signal} to ${entry.tgid}, ${path}`.slice(0, MAX_DETAIL)),
      by,
    });
    return undefined;
  };

  return {
    find(process) {
      const entry = findNow(process);
      if (typeof entry === 'string') return { refusal: entry };
      const refusal = refusalOf(entry, lookUpGuarded(GUARDED_MS));
      return { target: targetOf(entry), ...(refusal === undefined ? {} : { refusal }) };
    },
    send(signal, processes, by) {
      if (processes.length > MOST_PROCESSES)
        return {
          level: 'warning',
          text: `${signal} sent to nobody: ${processes.length} processes are more than ${MOST_PROCESSES}, the most at once`,
        };
      const guarded = lookUpGuarded();
      const sent: string[] = [];
      const failed: string[] = [];
      for (const process of processes) {
        const entry = findNow(process);
        const name = typeof entry === 'string' ? `pid ${process.pid}` : nameOf(entry);
        const why = typeof entry === 'string' ? entry : sendOne(signal, entry, guarded, by);
        if (why === undefined) sent.push(name);
        else failed.push(`${name}: ${why}`);
      }
      return outcomeOf(signal, sent, failed);
    },
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function tryToFindGuarded(own: readonly number[], pulse?: () => void): Guarded | string {
  try {
    return findGuarded(own, pulse);
  } catch (error) {
    return `whom Trigon hangs on can't be looked up in /proc: ${messageOf(error)}`;
  }
}

/** Why the kernel did not send it. */
function failureWords(error: unknown): string {
  if (!isBpfError(error)) return messageOf(error);
  switch (error.code) {
    case 'BPF_ESRCH':
      return ENDED;
    case 'BPF_ESTALE':
      return 'it has ended, and another process has its number now';
    case 'BPF_EPERM':
      return 'the kernel does not permit it';
    default:
      return error.message;
  }
}

/** `SIGTERM sent to curl (4711)`, `SIGTERM sent to 3 processes, not to 1: curl (4711): it has ended`. */
function outcomeOf(
  signal: HandSignal,
  sent: readonly string[],
  failed: readonly string[],
): Outcome {
  const [first] = failed;
  const whom = sent.length === 1 ? sent.join() : `${sent.length} processes`;
  if (first === undefined) return { level: 'info', text: `${signal} sent to ${whom}` };
  if (sent.length === 0 && failed.length === 1)
    return { level: 'warning', text: `${signal} not sent to ${first}` };
  const start = sent.length === 0 ? `${signal} sent to nobody` : `${signal} sent to ${whom}`;
  return { level: 'warning', text: `${start}, not to ${failed.length}: ${first}` };
}
