import { escapeText } from '../events/text.ts';

/** A policy about to be written, with what its comments say. */
export type NewPolicy = {
  /** Comment at its head. */
  about: readonly string[];
  name: string;
  hooks: readonly NewHook[];
  /** `name: value`, with the reason. */
  options: readonly { name: string; value: string; why: string }[];
};

export type NewHook = {
  why: readonly string[];
  call: string;
  syscall: boolean;
  message: string | undefined;
  args: readonly NewArgument[];
  data: readonly (NewArgument & { source: string; resolve: string })[];
  /** Wait for the call's end: type of what it returns. */
  returns: string | undefined;
  /** The first that matches wins. */
  selectors: readonly NewSelector[];
};

export type NewArgument = {
  index: number;
  type: string;
  label?: string | undefined;
  why?: string | undefined;
};

export type NewSelector = {
  args: readonly NewFilter[];
  data: readonly NewFilter[];
  returns: readonly NewFilter[];
  binaries:
    | { operator: string; values: readonly NewValue[]; followChildren: boolean; why: string }
    | undefined;
  actions: readonly NewAction[];
  returnActions: readonly NewAction[];
};

export type NewFilter = {
  index: number;
  operator: string;
  values: readonly NewValue[];
  why: string;
};

export type NewValue = string | { value: string; why: string };

export type NewAction = {
  why: string;
  action: 'Post' | 'Sigkill' | 'Override';
  fields?: Readonly<Record<string, string | number>>;
};

/** Width of comments: they are read in terminals and reviews. */
const WIDTH = 96;

/** The YAML of a policy, with comments. */
export function policyText({ about, name, hooks, options }: NewPolicy): string {
  return [
    ...about.flatMap((text) => comment(text, '')),
    'apiVersion: cilium.io/v1alpha1',
    'kind: TracingPolicy',
    'metadata:',
    `  name: ${quoted(name)}`,
    'spec:',
    ...optionLines(options),
    '  kprobes:',
    ...hooks.flatMap(hookLines),
    '',
  ].join('\n');
}

function optionLines(options: NewPolicy['options']): string[] {
  if (options.length === 0) return [];
  return [
    '  options:',
    ...options.flatMap((option) => [
      ...comment(option.why, '  '),
      `  - name: ${option.name}`,
      `    value: ${quoted(option.value)}`,
    ]),
  ];
}

function hookLines(hook: NewHook): string[] {
  const args = hook.args.flatMap((arg) => argumentLines(arg, []));
  const data = hook.data.flatMap((arg) =>
    argumentLines(arg, [`source: ${arg.source}`, `resolve: ${arg.resolve}`]),
  );
  const returns =
    hook.returns === undefined
      ? []
      : ['    return: true', '    returnArg:', '      index: 0', `      type: ${hook.returns}`];
  return [
    ...hook.why.flatMap((text) => comment(text, '  ')),
    `  - call: ${hook.call}`,
    hook.syscall
      ? '    syscall: true'
      : '    syscall: false # a function of the kernel, not a system call',
    ...(hook.message === undefined ? [] : [`    message: ${quoted(hook.message)}`]),
    ...section('    args:', args),
    ...section('    data:', data),
    ...returns,
    ...section('    selectors:', hook.selectors.flatMap(selectorLines)),
  ];
}

const section = (head: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [head, ...lines];

function argumentLines(
  { index, type, label, why }: NewArgument,
  more: readonly string[],
): string[] {
  return [
    `    - index: ${index}`,
    `      type: ${type}${why ? ` # ${escapeText(why)}` : ''}`,
    ...(label === undefined ? [] : [`      label: ${quoted(label)}`]),
    ...more.map((line) => `      ${line}`),
  ];
}

function selectorLines(selector: NewSelector): string[] {
  const { binaries } = selector;
  const lines = [
    ...section('      matchArgs:', selector.args.flatMap(filterLines)),
    ...section('      matchData:', selector.data.flatMap(filterLines)),
    ...(binaries
      ? [
          '      matchBinaries:',
          ...comment(binaries.why, '      '),
          `      - operator: ${binaries.operator}`,
          ...(binaries.followChildren ? ['        followChildren: true'] : []),
          '        values:',
          ...binaries.values.map(valueLine),
        ]
      : []),
    ...section('      matchReturnArgs:', selector.returns.flatMap(filterLines)),
    ...section('      matchActions:', selector.actions.flatMap(actionLines)),
    ...section('      matchReturnActions:', selector.returnActions.flatMap(actionLines)),
  ];
  // The first key carries the dash of the list's entry.
  return lines.map((line, index) => (index === 0 ? `    - ${line.trimStart()}` : line));
}

function filterLines({ index, operator, values, why }: NewFilter): string[] {
  return [
    ...comment(why, '      '),
    `      - index: ${index}`,
    `        operator: ${operator}`,
    '        values:',
    ...values.map(valueLine),
  ];
}

const valueLine = (entry: NewValue): string =>
  typeof entry === 'string'
    ? `        - ${quoted(entry)}`
    : `        - ${quoted(entry.value)} # ${escapeText(entry.why)}`;

function actionLines({ why, action, fields = {} }: NewAction): string[] {
  return [
    ...comment(why, '      '),
    `      - action: ${action}`,
    ...Object.entries(fields).map(
      ([name, value]) => `        ${name}: ${typeof value === 'number' ? value : quoted(value)}`,
    ),
  ];
}

/** Comment lines; what comes from the command line can't end them. */
function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = `${indent}#`;
  for (const word of escapeText(text).split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line !== `${indent}#`) {
      lines.push(line);
      line = `${indent}#`;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/**
 * A double-quoted scalar: JSON's escapes are YAML's too; what YAML doesn't take as it is becomes one more of them. What looks like
 * a placeholder is none: `$${` stands for `${`.
 */
function quoted(text: string): string {
  return JSON.stringify(text.replaceAll('${', () => '$${')).replace(
    /[^\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
}
