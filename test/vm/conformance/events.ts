/** Events as lines of JSON have them: not by our own types, which would pass over what they don't know. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An event about a process. `line` is all of it, `body` what stands below its kind. */
export type Told = { kind: string; body: JsonObject; process: JsonObject; line: JsonObject };

/** The events about processes among the lines. */
export function parseEvents(text: string): Told[] {
  return text.split('\n').flatMap((written) => {
    if (written === '') return [];
    const line = JSON.parse(written) as JsonObject; // an event is an object
    const [kind = ''] = Object.keys(line);
    const body = line[kind];
    if (!isObject(body)) return [];
    const { process } = body;
    return isObject(process) ? [{ kind, body, process, line }] : [];
  });
}

/** Those of the process that executed bash with this script, and of its descendants. */
export function ofWorkload(events: readonly Told[], script: string): Told[] {
  const root = events.find(
    ({ kind, process }) => kind === 'process_exec' && process.arguments === script,
  );
  if (!root) return [];
  const pids = new Set([root.process.pid]);
  return events.filter(({ body: { parent }, process: { pid } }) => {
    if (pid !== undefined && isObject(parent) && pids.has(parent.pid)) pids.add(pid);
    return pids.has(pid);
  });
}

/** What an event is about: the same in two runs of the same commands. */
export function titleOf({ kind, body, process }: Told): string {
  const hook = body.function_name ?? body.symbol;
  return [kind, process.binary, process.arguments, hook, body.policy_name]
    .filter((word) => word !== undefined)
    .join(' ');
}
