import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TracepointFormat } from '../../policies/plan.ts';
import { readText, withKernelFiles } from './kernelFiles.ts';
import { type Mount, readMounts } from './mounts.ts';

/** Subsystems and events are names of folders; nothing else gets into a path. */
const NAME = /^[A-Za-z0-9_][\w.-]*$/;

/**
 * Fields of a tracepoint's record, the common ones included, in their order.
 * @returns undefined when there is no such tracepoint, or tracefs can't be read at all: see {@link listTracepoints}.
 */
export function readTracepointFormat(
  subsystem: string,
  event: string,
  mounts: readonly Mount[] = readMounts(),
): TracepointFormat | undefined {
  if (!NAME.test(subsystem) || !NAME.test(event)) return undefined;
  const text = withKernelFiles(
    'tracefs',
    mounts,
    (files) => files && readText(files.folder, 'events', subsystem, event, 'format'),
  );
  return text === undefined ? undefined : parseTracepointFormat(text);
}

/**
 * All tracepoints as `subsystem/event`.
 * @returns undefined when tracefs can't be read: it is mounted nowhere and this isn't root, or its files are root's.
 */
export function listTracepoints(mounts: readonly Mount[] = readMounts()): string[] | undefined {
  return withKernelFiles('tracefs', mounts, (files) => {
    if (files === undefined) return undefined;
    const events = join(files.folder, 'events');
    const subsystems = foldersIn(events);
    return subsystems?.flatMap((subsystem) =>
      (foldersIn(join(events, subsystem)) ?? []).map((event) => `${subsystem}/${event}`),
    );
  });
}

/**
 * Functions that ftrace can trace, those of modules included, whose names the pattern matches; each once, in the kernel's order.
 * @returns undefined when the list can't be read: see {@link listTracepoints}, or the kernel has no dynamic ftrace.
 */
export function readTracedFunctions(
  pattern: RegExp,
  mounts: readonly Mount[] = readMounts(),
): string[] | undefined {
  const text = withKernelFiles(
    'tracefs',
    mounts,
    (files) => files && readText(files.folder, 'available_filter_functions'),
  );
  if (text === undefined) return undefined;
  const names = text.split('\n').map((line) => line.split(' ', 1)[0] ?? '');
  return [...new Set(names)].filter((name) => !NO_FUNCTION.test(name) && pattern.test(name));
}

/** What stands for a place whose function is gone (FTRACE_INVALID_FUNCTION, kernel/trace/ftrace.c). */
const NO_FUNCTION = /^$|^__ftrace_invalid_address___/;

function foldersIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return undefined;
  }
}

/** `field:unsigned long args[6];	offset:16;	size:48;	signed:0;` (f_show in kernel/trace/trace_events.c). */
const FIELD = /^\tfield:([^;]+);\toffset:(\d+);\tsize:(\d+);\tsigned:([01]);$/gm;
/** Type, name, dimensions. The name is the last word; a pointer's star may touch it. */
const DECLARATION = /^(.*?[\s*])\s*(\w+)((?:\[[^\]]*\])*)$/;

export function parseTracepointFormat(text: string): TracepointFormat {
  const fields = [...text.matchAll(FIELD)].map((match) => {
    const [, declaration = '', offset, size, signed] = match;
    const [, type = declaration, name = '', dimensions = ''] = DECLARATION.exec(declaration) ?? [];
    return {
      name,
      type: `${type
        .trim()
        .replace(/\s+/g, ' ')
        .replace(/\s*(\*+)$/, ' $1')}${dimensions}`,
      offset: Number(offset),
      size: Number(size),
      signed: signed === '1',
    };
  });
  return { fields };
}
