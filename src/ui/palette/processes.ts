import type { TreeProcess } from '../../agent/messages.ts';
import { escapeText, quoteIfNeeded } from '../../events/text.ts';
import type { PaletteItem } from './item.ts';

/** More than a screen has; the search ends with them. */
const MOST = 50;
/** A single letter is in every command line. */
const LEAST_LETTERS = 2;

/** Text of a process that is searched; made when it is first looked at. The model makes a new object for each change. */
const texts = new WeakMap<TreeProcess, string>();

function textOf(process: TreeProcess): string {
  let text = texts.get(process);
  if (text === undefined) {
    text = `${process.pid} ${process.binary} ${process.arguments}`.toLowerCase();
    texts.set(process, text);
  }
  return text;
}

/**
 * Processes in which every word of the query is found: a number is looked for in the process number. One pass, a few ms for tens of
 * thousands; the one whose number is the query goes first, then those that run.
 */
export function findProcesses(
  processes: Iterable<TreeProcess>,
  query: string,
  goTo: (process: TreeProcess) => void,
): PaletteItem[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (query.trim().length < LEAST_LETTERS) return [];
  const all = [...processes];
  // Not only among the first that match: of what is typed a process number says it best.
  const pid = Number(query.trim());
  const exact = all.filter((process) => process.pid === pid);
  const running: TreeProcess[] = [];
  const ended: TreeProcess[] = [];
  for (const process of all) {
    if (process.pid === pid) continue;
    const text = textOf(process);
    if (!words.every((word) => text.includes(word))) continue;
    (process.endedAt === undefined ? running : ended).push(process);
    if (running.length >= MOST) break;
  }
  return [...exact, ...running, ...ended].slice(0, MOST).map((process) => itemOf(process, goTo));
}

function itemOf(process: TreeProcess, goTo: (process: TreeProcess) => void): PaletteItem {
  const { pid, binary, endedAt } = process;
  const program = process.isKernelThread ? escapeText(binary) : quoteIfNeeded(binary) || '?';
  return {
    kind: 'process',
    label: `${pid} ${program} ${escapeText(process.arguments)}`.trimEnd(),
    note: endedAt === undefined ? '' : 'has ended',
    texts: [],
    recall: undefined,
    run: () => goTo(process),
  };
}
