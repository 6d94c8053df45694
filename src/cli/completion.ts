import type { CommandName, Option } from './option.ts';
import { OPTIONS } from './options.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Values that are names of files or folders. */
const PATHS = /^(PATH|FILE|FILES|FOLDER|FOLDERS|SOCKET)$/;

/** Commands that have no options. */
const PLAIN: readonly CommandName[] = ['config check', 'config schema', 'man'];

const commandNames = (): readonly string[] => [
  ...new Set([
    ...OPTIONS.flatMap(({ commands }) => commands),
    ...PLAIN,
    ...SHELLS.map((shell) => `completion ${shell}`),
  ]),
];

/** The first words of commands with their second ones. */
function words(): ReadonlyMap<string, readonly string[]> {
  const all = commandNames().map((command) => command.split(' '));
  const firsts = [...new Set(all.map(([first = '']) => first))].filter(
    (word) => word !== 'monitor',
  );
  return new Map(
    firsts.map((first) => [
      first,
      all.flatMap(([word, second]) => (word === first && second !== undefined ? [second] : [])),
    ]),
  );
}

const optionsOf = (command: string): readonly Option[] =>
  OPTIONS.filter(({ commands }) => commands.some((one) => one === command));

const flagsOf = (options: readonly Option[]): string[] =>
  [...new Set(options.map(({ name }) => `--${name}`)), '--help'].sort();

const takesPath = ({ value }: Option): boolean => value !== undefined && PATHS.test(value);

/** The script for a shell: `source <(trigon completion bash)`. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      // zsh runs bash's completions; so both can't come to differ.
      return `#compdef trigon\nautoload -U +X bashcompinit && bashcompinit\n${bash()}`;
    case 'fish':
      return fish();
  }
}

const isOf = (flags: readonly string[]): string => flags.join('|');

function bash(): string {
  const all = words();
  const withValue = OPTIONS.filter(({ value }) => value !== undefined);
  const paths = flagsOf(withValue.filter(takesPath)).filter((flag) => flag !== '--help');
  const values = flagsOf(withValue.filter((option) => !takesPath(option))).filter(
    (flag) => flag !== '--help' && !paths.includes(flag),
  );
  const seconds = [...all]
    .filter(([, second]) => second.length > 0)
    .map(([first, second]) => `    ${first}) seconds="${[...new Set(second)].join(' ')}" ;;`);
  const flags = commandNames().map(
    (command) =>
      `    "${command === 'monitor' ? '' : command}") flags="${flagsOf(optionsOf(command)).join(' ')}" ;;`,
  );
  return `# bash completion of trigon, made by: trigon completion bash
_trigon() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local first= second= word skip= flags= seconds= IFS=$' \\t\\n'
  # COMP_WORDBREAKS splits --option=value in three words.
  [[ $cur == "=" ]] && cur=
  [[ $prev == "=" ]] && prev=\${COMP_WORDS[COMP_CWORD-2]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -n $skip ]]; then skip=; continue; fi
    case $word in
      ${isOf([...paths, ...values])}) skip=1 ;;
      -*) ;;
      *) if [[ -z $first ]]; then first=$word; elif [[ -z $second ]]; then second=$word; fi ;;
    esac
  done
  case $prev in
    ${isOf(paths)}) IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${isOf(values)}) return ;;
  esac
  case $first in
${seconds.join('\n')}
  esac
  local command=$first
  [[ -n $seconds && " $seconds " == *" $second "* && -n $second ]] && command="$first $second"
  case $command in
${flags.join('\n')}
  esac
  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -z $first ]]; then COMPREPLY=($(compgen -W "${[...all.keys()].join(' ')}" -- "$cur"))
  elif [[ -n $seconds && -z $second ]]; then COMPREPLY=($(compgen -W "$seconds" -- "$cur"))
  else IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -o filenames -F _trigon trigon
`;
}

/** A text in fish's single quotes. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function fish(): string {
  const all = words();
  const firsts = [...all.keys()];
  const lines = [
    '# fish completion of trigon, made by: trigon completion fish',
    'complete -c trigon -f',
  ];
  lines.push(`complete -c trigon -n __fish_use_subcommand -a ${quoted(firsts.join(' '))}`);
  for (const [first, second] of all)
    if (second.length > 0)
      lines.push(
        `complete -c trigon -n ${quoted(`__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${second.join(' ')}`)} -a ${quoted(second.join(' '))}`,
      );
  for (const option of OPTIONS) {
    const on = [...new Set(option.commands.map((command) => command.split(' ')[0] ?? ''))];
    const seen = on.filter((word) => word !== 'monitor');
    const conditions = [
      ...(on.includes('monitor') ? [`not __fish_seen_subcommand_from ${firsts.join(' ')}`] : []),
      ...(seen.length > 0 ? [`__fish_seen_subcommand_from ${seen.join(' ')}`] : []),
    ];
    const value = option.value === undefined ? '' : takesPath(option) ? ' -r -F' : ' -x';
    const short = option.short === undefined ? '' : ` -s ${option.short}`;
    lines.push(
      `complete -c trigon -n ${quoted(conditions.join('; or '))} -l ${option.name}${short}${value} -d ${quoted(option.help)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
