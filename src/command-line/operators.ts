import { Argument, type Command, Option } from 'commander';
import { operatorCommands } from '../server/operators/commands.ts';
import { dataOfServer } from './values.ts';

/** `earshot admin`: a subcommand for each row of the server's table, and `export`, which needs no server. */
export function addAdmin(program: Command): void {
  const admin = program
    .command('admin')
    .usage('COMMAND [options]')
    .helpCommand(false)
    .description('see and change what a running server does');
  for (const row of operatorCommands) {
    const usage = row.arguments.map(({ name, isOptional = false, takesRest = false }) => {
      const word = `${name.toUpperCase()}${takesRest ? '...' : ''}`;
      return isOptional ? `[${word}]` : word;
    });
    const command = admin
      .command(row.name)
      .usage(['[options]', ...usage].join(' '))
      .description(row.summary);
    for (const { name, summary, isOptional = false, takesRest = false, choices } of row.arguments) {
      const word = takesRest ? `${name}...` : name;
      const argument = new Argument(isOptional ? `[${word}]` : `<${word}>`, summary);
      command.addArgument(choices === undefined ? argument : argument.choices(choices));
    }
    for (const { name, value, summary } of row.options)
      command.addOption(new Option(`--${name} <${value}>`, summary));
    command.addOption(new Option('--json', 'print the result as JSON'));
    command.addOption(dataOfServer());
    command.action(async (...given: unknown[]) => {
      const { ask } = await import('../server/operators/ask.ts');
      const options = given[row.arguments.length] as Record<string, string | undefined> & { json?: boolean };
      const values: Record<string, string> = {};
      for (const [at, { name }] of row.arguments.entries()) {
        const value = given[at] as string | readonly string[] | undefined;
        const text = typeof value === 'object' ? value.join(' ') : value;
        if (text !== undefined && text !== '') values[name] = text;
      }
      for (const { name } of row.options) {
        const value = options[name];
        if (value !== undefined && value !== '') values[name] = value;
      }
      const { data, json = false } = options as { data?: string; json?: boolean };
      process.exitCode = await ask(row, values, { json, ...(data !== undefined && { data }) });
    });
  }
  admin
    .command('export')
    .usage('[options] NAME FOLDER')
    .description('copy all that is stored of a user; works without a server, too')
    .argument('<name>', 'the user')
    .argument('<folder>', 'the destination: a new or empty folder')
    .addOption(dataOfServer())
    .action(async (name: string, folder: string, options) => {
      const { exportUser } = await import('../server/operators/export.ts');
      process.exitCode = await exportUser({ name, folder, ...options });
    });
}
