import { Command, Option } from 'commander';
import { addressHelp, missing, told, withAddress } from './client-options.ts';
import { addConsole, addMenu } from './courses.ts';
import { addJoin } from './join.ts';
import { addHistory, addList, addSend, addTail } from './scripts.ts';
import { joinWords } from './server-words.ts';
import { applySettings, settingKeys } from './settings.ts';
import { settingsPath } from './settings-file.ts';

/** The commands for what earshot keeps on the user's own machine. */

/** Returns fresh commands of the clients, those that take settings. */
export function clientCommands(): readonly Command[] {
  const program = new Command();
  for (const add of [addJoin, addTail, addSend, addList, addHistory, addConsole, addMenu]) add(program);
  return program.commands;
}

export function addLogout(program: Command): void {
  const command: Command = program
    .command('logout')
    .description('forget a login that join --keep-login kept')
    .usage('[options] [PROFILE | NAME] [ADDRESS]')
    .argument('[name]', 'the account, or a profile of the settings file')
    .argument('[address]', addressHelp);
  withAddress(command).addOption(new Option('--name <name>', 'the account').env('EARSHOT_NAME'));
  command.action(async (first?: string, second?: string) => {
    const { name, address } = told(command, [first, second], joinWords);
    if (name === undefined) missing(command, 'name');
    if (address === undefined) missing(command, 'address');
    const { logout } = await import('../terminal/sign-in/logout.ts');
    process.exitCode = await logout({ name, address });
  });
}

export function addConfig(program: Command): void {
  program
    .command('config')
    .description('show the settings in force, and where each comes from')
    .usage('[options] [PROFILE]')
    .argument('[profile]', 'a profile of the settings file')
    .option('--for <command>', 'the client whose settings to show', 'join')
    .option('--path', 'print only the path of the settings file, which may be missing')
    .action(async (profile: string | undefined, options: { for: string; path?: boolean }, own: Command) => {
      // The reader of our output may be gone.
      process.stdout.on('error', () => {});
      if (options.path === true) {
        process.stdout.write(`${settingsPath(process.env)}\n`);
        return;
      }
      const client = clientCommands().find((each) => each.name() === options.for);
      if (client === undefined) {
        const names = clientCommands().map((each) => each.name());
        own.error(`earshot: --for must be one of ${names.join(', ')}`);
        return;
      }
      process.stdout.write(await inForce(client, profile));
    });
}

/** Secrets, or commands that may hold one: only whether they are set is shown. */
const unshown = new Set(['password-command']);

async function inForce(client: Command, profile: string | undefined): Promise<string> {
  // Parsing an empty command line reads the environment.
  await client.action(() => {}).parseAsync([], { from: 'user' });
  const file = applySettings(client, () => profile);
  const rows: (readonly [string, string, string])[] = client.options
    .map((option) => [keyOf(option), option] as const)
    .filter(([key]) => settingKeys.includes(key))
    .sort(([a], [b]) => settingKeys.indexOf(a) - settingKeys.indexOf(b))
    .map(([key, option]) => [key, shown(client, key, option), sourceOf(client, option)]);
  const isSet = (process.env.EARSHOT_PASSWORD ?? '') !== '';
  if (isSet) rows.push(['password', '(set, not shown)', 'environment: EARSHOT_PASSWORD']);
  const [keys, values] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([key, value, source]) =>
    `${key.padEnd(keys ?? 0)}  ${value.padEnd(values ?? 0)}  ${source}`.trimEnd(),
  );
  const there = file.text === '' ? ' (there is no such file)' : '';
  const profiles = file.profiles.size === 0 ? '' : `profiles: ${[...file.profiles.keys()].join(', ')}\n`;
  return `settings of earshot ${client.name()}; file: ${file.path}${there}\n${profiles}${lines.join('\n')}\n`;
}

function shown(client: Command, key: string, option: Option): string {
  const value: unknown = client.getOptionValue(option.attributeName());
  if (value === undefined || value === '') return '-';
  return unshown.has(key) ? '(set, not shown)' : JSON.stringify(value);
}

function sourceOf(client: Command, option: Option): string {
  const key = option.attributeName();
  const source = client.getOptionValueSource(key);
  if (source === undefined || client.getOptionValue(key) === undefined) return 'not set';
  return source === 'env' ? `environment: ${option.envVar}` : source;
}

function keyOf({ long }: Option): string {
  return (long ?? '').replace(/^--(?:no-)?/, '');
}
