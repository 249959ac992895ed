import type { Command } from 'commander';

/** A command as completions and the man page show it. */
export interface CommandRow {
  /** `serve`; for a command of a command, both words. */
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly ArgumentRow[];
  readonly options: readonly OptionRow[];
}

export interface ArgumentRow {
  /** As in a usage line: `<folder>`, `[address]`, `<text...>`. */
  readonly usage: string;
  readonly description: string;
  /** The values it takes, if there are few. */
  readonly choices: readonly string[];
}

export interface OptionRow {
  /** `-p`; undefined when there is none. */
  readonly short: string | undefined;
  readonly long: string;
  /** What stands for its value: `<number>`, `[answer]`; empty when it takes none. */
  readonly value: string;
  readonly description: string;
  /** The values it takes, if there are few. */
  readonly choices: readonly string[];
  /** The environment variable that sets it; undefined when there is none. */
  readonly variable: string | undefined;
  readonly isFile: boolean;
}

/** Returns the commands that `program` knows, in the order of the help, and theirs. */
export function commandRows(program: Command, before = ''): readonly CommandRow[] {
  return program.commands.flatMap((command) => {
    const name = `${before}${command.name()}`;
    const row: CommandRow = {
      name,
      description: command.description(),
      arguments: command.registeredArguments.map((argument) => {
        const word = `${argument.name()}${argument.variadic ? '...' : ''}`;
        return {
          usage: argument.required ? `<${word}>` : `[${word}]`,
          description: argument.description,
          choices: argument.argChoices ?? [],
        };
      }),
      options: [...command.options, command.createHelp().visibleOptions(command).at(-1)]
        .filter((option) => option !== undefined)
        .filter(
          (option, at, all) => all.findIndex(({ long }) => long === option.long) === at && !option.hidden,
        )
        .map(({ short, long = '', flags, description, argChoices = [], envVar }) => {
          const [value = ''] = /[<[].*/s.exec(flags) ?? [];
          const isFile = /^[<[](?:file|folder|path)/.test(value);
          return { short, long, value, description, choices: argChoices, variable: envVar, isFile };
        }),
    };
    return [row, ...commandRows(command, `${name} `)];
  });
}
