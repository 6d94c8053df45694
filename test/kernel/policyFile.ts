import type { Event, EventOf, PathArgument } from '../../src/events/types.ts';

export type SelectorText = {
  /** Lines of matchArgs: [index, operator, values]. */
  readonly args?: readonly (readonly [number, string, readonly string[]])[];
  readonly binaries?: readonly [string, readonly string[]];
  readonly actions?: readonly string[];
};

/** A policy on security_file_permission (file, access mask) in Tetragon's YAML. JSON strings are YAML strings. */
export function policyText(name: string, selectors: readonly SelectorText[]): string {
  const list = (values: readonly string[]) =>
    `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
  const lines = [
    'apiVersion: cilium.io/v1alpha1',
    'kind: TracingPolicy',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    '  kprobes:',
    '  - call: security_file_permission',
    '    syscall: false',
    `    message: ${name} was touched`,
    '    tags: [observability.filesystem]',
    '    args:',
    '    - {index: 0, type: file}',
    '    - {index: 1, type: int, label: access}',
    '    selectors:',
  ];
  for (const { args = [], binaries, actions = [] } of selectors) {
    lines.push('    - matchArgs:');
    for (const [index, operator, values] of args)
      lines.push(`      - {index: ${index}, operator: ${operator}, values: ${list(values)}}`);
    if (binaries)
      lines.push(
        '      matchBinaries:',
        `      - {operator: ${binaries[0]}, values: ${list(binaries[1])}}`,
      );
    if (actions.length > 0)
      lines.push('      matchActions:', ...actions.map((action) => `      - action: ${action}`));
  }
  return `${lines.join('\n')}\n`;
}

export type PolicyEvent = EventOf<'process_kprobe'>;

export const isPolicyEvent = (event: Event): event is PolicyEvent =>
  event.kind === 'process_kprobe';

/** The file of a policy event. */
export function fileOf(event: PolicyEvent): PathArgument {
  const arg = event.args[0];
  if (arg?.kind !== 'file_arg') throw new Error(`the first argument is ${JSON.stringify(arg)}`);
  return arg.value;
}

/** The access mask of a policy event: 4 read, 2 write. */
export function accessOf(event: PolicyEvent): number {
  const arg = event.args[1];
  if (arg?.kind !== 'int_arg') throw new Error(`the second argument is ${JSON.stringify(arg)}`);
  return arg.value;
}
