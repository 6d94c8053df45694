/** Linux signal names, as `process_exit.signal` has them. */

/** By number, 1–31 (signal(7), x86 and arm64). Index 0 is no signal. */
const SIGNAL_NAMES = [
  '',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
] as const;

/** The name of a signal; `''` for 0, for real-time signals (≥ 32) and for unknown numbers. */
export const signalName = (number: number): string => SIGNAL_NAMES[number] ?? '';

/** The number of a named signal, or undefined. */
export const signalNumber = (name: string): number | undefined => {
  const number = (SIGNAL_NAMES as readonly string[]).indexOf(name);
  return number > 0 ? number : undefined;
};
