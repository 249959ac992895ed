import { type Command, Option } from 'commander';
import { type Words, withOneAddress } from './server-words.ts';
import { applySettings } from './settings.ts';
import { type SettingsFile, settingsPath } from './settings-file.ts';
import { wholeNumber } from './values.ts';

/** What the help says of ADDRESS. */
export const addressHelp =
  'the server, as chat://host:port or host:port; chats:// and chat+udp:// are encrypted';

/** Adds `--follow`. */
export function withFollow(command: Command, more = ''): Command {
  const help = `terms to follow, separated by commas; a phrase in double quotes${more}`;
  return command.addOption(new Option('-f, --follow <terms>', help).default('', 'none'));
}

/** Adds `--invitation`. */
export function withInvitation(command: Command): Command {
  return command.option('--invitation <code>', 'make an account with this code of an invitation');
}

/** Adds the options of every client. Options from here on have a heading if others were before. */
export function withServer(command: Command, heading = 'Server and login:'): Command {
  if (command.options.length > 0) command.optionsGroup(heading);
  return withAddress(command)
    .addOption(
      new Option('--drop <percent>', 'throw away this share of all datagrams, with chat+udp://').argParser(
        wholeNumber(0, 99),
      ),
    )
    .option('--trace <file>', 'write what happens to each packet, with chat+udp://; - is standard error');
}

/** Adds the options that say which server. */
export function withAddress(command: Command): Command {
  return command
    .allowExcessArguments()
    .addOption(new Option('--url <address>', 'the same as ADDRESS').env('EARSHOT_URL'))
    .addOption(
      new Option('--profile <name>', 'use this profile of the settings file (see: earshot config)').env(
        'EARSHOT_PROFILE',
      ),
    );
}

/** Adds the options that say who logs in, and with which password. */
export function withLogin(command: Command): Command {
  return command
    .addOption(new Option('--name <name>', 'your name').env('EARSHOT_NAME'))
    .option('--password-file <file>', "read the account's password from the first line of this file")
    .option(
      '--password-command <command>',
      "run this command, and take the account's password from the first line of its output",
    );
}

/** Adds the option of clients that send the lines of a pipe. */
export function withRate(command: Command): Command {
  return command.addOption(
    new Option(
      '--rate <number>',
      'lines a second from a pipe, after the first 15; 0 is as fast as the server allows',
    )
      .argParser(wholeNumber(0, 1_000_000))
      .default(9),
  );
}

/** What a client was told by its command line, the environment and the settings file. */
export interface Told {
  readonly name: string | undefined;
  readonly address: string | undefined;
  readonly rest: readonly string[];
}

/**
 * Reads the words of `command` by `read`, and sets its options from the settings file. Throws `SettingsError` when that
 * cannot be used.
 */
export function told(
  command: Command,
  words: readonly (string | undefined)[],
  read: (words: readonly string[], isProfile: (name: string) => boolean) => Words,
): Told {
  rejectExcess(command);
  const given = words.filter((word) => word !== undefined);
  let found: Words = { rest: given };
  applySettings(command, (file: SettingsFile) => {
    found = read(given, (name) => file.profiles.has(name));
    return found.profile;
  });
  const { url, name } = command.opts<{ url?: string; name?: string }>();
  return { name: found.name ?? name, address: found.address ?? url, rest: found.rest };
}

/** As commander does, but says what to type when the address was given as two words. */
function rejectExcess(command: Command): void {
  const most = command.registeredArguments.length;
  if (command.args.length <= most || command.registeredArguments.at(-1)?.variadic === true) return;
  const isOneTooMany = command.args.length === most + 1;
  const better = isOneTooMany ? withOneAddress(process.argv.slice(2), command.args) : undefined;
  if (better === undefined) {
    const all = command.args.join(', ');
    command.error(`earshot: too many arguments: expected ${most} and got ${command.args.length}: ${all}`);
  }
  const program = process.env.npm_lifecycle_event === undefined ? 'earshot' : 'npx earshot';
  command.error(`earshot: the address is one word; try\n  ${program} ${better}`);
}

/** Ends the command, because nothing says who talks or to which server. */
export function missing(command: Command, what: 'name' | 'address'): never {
  const file = settingsPath(process.env);
  const takesName = command.registeredArguments.some((argument) => argument.name() === 'name');
  return command.error(
    what === 'name'
      ? `earshot: your name is missing: give it as ${takesName ? 'NAME or --name' : '--name NAME'}, or set EARSHOT_NAME, or "name" in ${file}`
      : `earshot: the server is missing: give its ADDRESS (chat://host:port), or set EARSHOT_URL, or "url" in ${file}`,
  );
}
