import type { CommandRow, OptionRow } from './command-rows.ts';

/** Scripts that complete the words of `earshot` in a shell. Everything in them is known when they are made. */
export const completions: Readonly<Record<string, (table: readonly CommandRow[]) => string>> = {
  bash,
  zsh,
  fish,
};

const wordsOf = ({ short, long }: OptionRow): string[] => (short === undefined ? [long] : [short, long]);
const firstWords = (table: readonly CommandRow[]): readonly CommandRow[] =>
  table.filter(({ name }) => !name.includes(' '));
const below = (table: readonly CommandRow[], name: string): readonly CommandRow[] =>
  table.filter((row) => row.name.startsWith(`${name} `) && !row.name.slice(name.length + 1).includes(' '));

/** The values of the first argument, if there are few. */
const firstChoices = ({ arguments: [first] }: CommandRow): readonly string[] => first?.choices ?? [];

/** In single quotes, for bash and zsh. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(table: readonly CommandRow[]): string {
  const cases = table.map((row) => {
    const options = row.options.flatMap(wordsOf).join(' ');
    const others = [
      ...below(table, row.name).map(({ name }) => name.split(' ').at(-1)),
      ...firstChoices(row),
    ];
    return `    ${quoted(row.name)}) options=${quoted(options)}; commands=${quoted(others.join(' '))} ;;`;
  });
  const values = table.flatMap((row) =>
    row.options.flatMap((option) => {
      const patterns = wordsOf(option).map((word) => quoted(`${row.name} ${word}`));
      if (option.choices.length > 0)
        return [`    ${patterns.join('|')}) choices=${quoted(option.choices.join(' '))} ;;`];
      if (option.isFile)
        return [`    ${patterns.join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;`];
      return option.value.startsWith('<') ? [`    ${patterns.join('|')}) return ;;`] : [];
    }),
  );
  const all = firstWords(table).map(({ name }) => name);
  return `# Completions of earshot for bash: source <(earshot completion bash)
_earshot() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command=\${COMP_WORDS[1]} options= commands= choices=
  COMPREPLY=()
  if [ "$COMP_CWORD" -le 1 ]; then
    COMPREPLY=($(compgen -W ${quoted(`${all.join(' ')} --help --version`)} -- "$word"))
    return
  fi
  if [ "$COMP_CWORD" -gt 2 ]; then
    case "$command \${COMP_WORDS[2]}" in
${
  table
    .filter(({ name }) => name.includes(' '))
    .map(({ name }) => `      ${quoted(name)}) command=${quoted(name)} ;;`)
    .join('\n') || '      "") ;;'
}
    esac
  fi
  case "$command $previous" in
${values.join('\n')}
  esac
  if [ -n "$choices" ]; then
    COMPREPLY=($(compgen -W "$choices" -- "$word"))
    return
  fi
  case "$command" in
${cases.join('\n')}
  esac
  case "$word" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "$commands" -- "$word")) ;;
  esac
}
complete -o default -F _earshot earshot
`;
}

function zsh(table: readonly CommandRow[]): string {
  /** In a specification of \`_arguments\` a colon and brackets have a meaning. */
  const plain = (text: string): string => text.replace(/[\\[\]:]/g, (character) => `\\${character}`);
  const specOf = (option: OptionRow): string[] => {
    const { description, value, choices, isFile } = option;
    const isOptional = value.startsWith('[') ? ':' : '';
    const action = choices.length > 0 ? `(${choices.join(' ')})` : isFile ? '_files' : ' ';
    const rest = value === '' ? '' : `:${isOptional}${plain(value.slice(1, -1))}:${action}`;
    return wordsOf(option).map((word) => quoted(`*${word}[${plain(description)}]${rest}`));
  };
  const listOf = (rows: readonly CommandRow[]): string =>
    rows
      .map(({ name, description }) => quoted(`${plain(name.split(' ').at(-1) ?? '')}:${plain(description)}`))
      .join(' ');
  const cases = table.map((row) => {
    const others = below(table, row.name);
    const choices = firstChoices(row);
    const first = [
      ...(others.length > 0 ? [`"1:command:((${listOf(others).replaceAll('"', '\\"')}))"`] : []),
      ...(choices.length > 0 ? [quoted(`1:value:(${choices.join(' ')})`)] : []),
    ];
    const specs = [...row.options.flatMap(specOf), ...first, "'*:argument:_files'"];
    return `    ${quoted(row.name)}) _arguments ${specs.join(' ')} ;;`;
  });
  return `#compdef earshot
# Completions of earshot for zsh: earshot completion zsh > a file _earshot in a folder of $fpath
_earshot() {
  local -a commands=(${listOf(firstWords(table))})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  case "$words[2] $words[3]" in
${
  table
    .filter(({ name }) => name.includes(' '))
    .map(({ name }) => `    ${quoted(name)}) (( CURRENT > 3 )) && command=${quoted(name)} ;;`)
    .join('\n') || '    "") ;;'
}
  esac
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _earshot ]; then _earshot "$@"; else compdef _earshot earshot; fi
`;
}

function fish(table: readonly CommandRow[]): string {
  const text = (words: string): string => `'${words.replace(/[\\']/g, (character) => `\\${character}`)}'`;
  const commands = table.map(({ name, description }) => {
    const path = name.split(' ');
    const word = path.pop() ?? '';
    const siblings = below(table, path.join(' ')).map((row) => row.name.split(' ').at(-1));
    const where =
      path.length === 0
        ? '__fish_use_subcommand'
        : `__fish_seen_subcommand_from ${path.at(-1)}; and not __fish_seen_subcommand_from ${siblings.join(' ')}`;
    return `complete -c earshot -f -n ${text(where)} -a ${text(word)} -d ${text(description)}`;
  });
  const within = ({ name }: CommandRow): string =>
    text(
      name
        .split(' ')
        .map((word) => `__fish_seen_subcommand_from ${word}`)
        .join('; and '),
    );
  const values = table
    .filter((row) => firstChoices(row).length > 0)
    .map((row) => `complete -c earshot -f -n ${within(row)} -a ${text(firstChoices(row).join(' '))}`);
  const options = table.flatMap((row) =>
    row.options.map((option) => {
      const short = option.short === undefined ? '' : ` -s ${text(option.short.slice(1))}`;
      const long = ` -l ${text(option.long.slice(2))}`;
      const isNeeded = option.value.startsWith('<');
      const values = option.choices.length > 0 ? ` -a ${text(option.choices.join(' '))}` : '';
      const value = isNeeded ? (option.isFile ? ' -r -F' : ` -x${values}`) : values && ` -f${values}`;
      return `complete -c earshot -n ${within(row)}${short}${long}${value} -d ${text(option.description)}`;
    }),
  );
  return `# Completions of earshot for fish: earshot completion fish > ~/.config/fish/completions/earshot.fish
${[...commands, ...values, ...options].join('\n')}
`;
}
