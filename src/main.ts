import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { parseSize } from './terminal/sizes.ts';

/** The command line: the commands and their options. The module that a command imports does the work. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('earshot')
    .description('Chat where a message reaches those who follow a word in it.')
    .version(packageVersion())
    .showHelpAfterError('(earshot --help lists the commands and options)')
    .exitOverride();
  addServe(program);
  addJoin(program);
  addConsole(program);
  addMenu(program);
  addPasswd(program);
  addTokens(program);
  addBackup(program);
  try {
    await program.parseAsync(withLongHost(argv), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`earshot: this is a bug in earshot, please report it: ${reason}\n`);
    process.exitCode = exitCodes.internal;
  }
}

function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the server; needs no option')
    .addOption(
      new Option(
        '-p, --port <number>',
        'port to listen on; 0 lets the system choose (default: the port of the last start, at first 0)',
      )
        .env('EARSHOT_PORT')
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option(
        '--host <address>',
        'address to listen on; 0.0.0.0 for all (default: this machine only, 127.0.0.1)',
      ).env('EARSHOT_HOST'),
    )
    .addOption(
      new Option('--listen <address>', 'one more address to listen on, as tcp://host:port; may be repeated')
        .env('EARSHOT_LISTEN')
        .argParser(commaList),
    )
    .addOption(new Option('--data <folder>', 'folder for messages, accounts and files').env('EARSHOT_DATA'))
    .addOption(
      new Option(
        '--default-follow <terms>',
        "terms that new users follow if they name none; '*' is everything",
      )
        .env('EARSHOT_DEFAULT_FOLLOW')
        .default(''),
    )
    .addOption(
      new Option(
        '--chat10-charset <charset>',
        'characters sent to CHAT/1.0 clients such as nc; ascii replaces other characters by similar ones or ?',
      )
        .env('EARSHOT_CHAT10_CHARSET')
        .choices(['ascii', 'utf-8'])
        .default('ascii'),
    )
    .addOption(
      new Option('--message-rate <number>', 'rate limit of a user, in messages a second; 0 means no limit')
        .env('EARSHOT_MESSAGE_RATE')
        .argParser(wholeNumber(0, 1_000_000))
        .default(10),
    )
    .addOption(
      // At least a week: a message can be sent again safely while the log keeps its id.
      new Option(
        '--retain <days>',
        'retention: delete messages after this many days, at least 7; by default never',
      )
        .env('EARSHOT_RETAIN')
        .argParser(wholeNumber(7, 36_500)),
    )
    .option('--accept-loss', 'start even if accounts.db is missing: every account is lost')
    .addOption(
      // It takes a value: otherwise EARSHOT_INSECURE_PASSWORDS=no would set the option too.
      new Option('--insecure-passwords [answer]', 'accept passwords in plain text from other machines')
        .env('EARSHOT_INSECURE_PASSWORDS')
        .choices(['yes', 'no'])
        .preset('yes')
        .default('no'),
    )
    .addOption(
      new Option('--limit <name=value>', 'change a limit that docs/operating.md lists; may be repeated')
        .env('EARSHOT_LIMIT')
        .argParser(commaList),
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log')
        .env('EARSHOT_LOG_LEVEL')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action(async (options) => {
      const { serve } = await import('./server/main.ts');
      process.exitCode = await serve(options);
    });
}

function addJoin(program: Command): void {
  program
    .command('join')
    .description('chat in this terminal')
    .argument('<name>', 'your name')
    .argument('<address>', 'the server, as chat://host:port or host:port')
    .option('-f, --follow <terms>', 'terms to follow from the start, separated by commas', '')
    .addOption(
      new Option(
        '--downloads <folder>',
        'folder for received files (default: ~/Downloads/earshot, or ~/earshot-files without ~/Downloads)',
      ).env('EARSHOT_DOWNLOADS'),
    )
    .addOption(
      new Option(
        '--accept <which>',
        'files to save without asking: all, those of followed words and people, or none',
      )
        .env('EARSHOT_ACCEPT')
        .choices(['all', 'followed', 'none'])
        .default('followed'),
    )
    .addOption(
      new Option(
        '--accept-size <size>',
        'largest file to save without asking, such as 500K or 10M (default: 10M; with --accept all, no limit)',
      )
        .env('EARSHOT_ACCEPT_SIZE')
        .argParser(size),
    )
    .addOption(
      new Option(
        '--rate <number>',
        'lines a second to send from a pipe after the first 15; 0 is as fast as the server allows',
      )
        .argParser(wholeNumber(0, 1_000_000))
        .default(9),
    )
    .addOption(
      new Option(
        '--protocol <name>',
        'chat10: speak CHAT/1.0 without asking what the server speaks; chat11: leave if it does not speak CHAT/1.1',
      )
        .choices(['auto', 'chat10', 'chat11'])
        .default('auto'),
    )
    .action(async (name: string, address: string, options) => {
      const { join } = await import('./terminal/join/main.ts');
      process.exitCode = await join({ name, address, ...options });
    });
}

function addConsole(program: Command): void {
  program
    .command('console')
    .description('chat in this terminal with the five commands of CS3560')
    .argument('<host>', 'the server')
    .argument('<port>', 'its port')
    .action(async (host: string, port: string) => {
      const { runConsole } = await import('./terminal/console/main.ts');
      process.exitCode = await runConsole({ host, port });
    });
}

function addMenu(program: Command): void {
  program
    .command('menu')
    .description(
      'chat in this terminal with the menu of IS496 (BM, PM, CH, EX); asks for a name and password',
    )
    .requiredOption('--host <host>', 'the server; also -hn')
    .requiredOption('-p, --port <number>', 'its port')
    .action(async (options) => {
      const { runMenu } = await import('./terminal/menu/main.ts');
      process.exitCode = await runMenu(options);
    });
}

/** IS496's client names its server with `-hn`, which an option parser reads as `-h -n`. */
function withLongHost(argv: readonly string[]): string[] {
  return argv.map((word) => (argv[0] === 'menu' && word === '-hn' ? '--host' : word));
}

function addPasswd(program: Command): void {
  program
    .command('passwd')
    .description(
      "change an account's password, on the server's machine; asks for the new one, or reads it from a pipe",
    )
    .argument('<name>', 'the account')
    .addOption(dataOfServer())
    .action(async (name: string, options) => {
      const { passwd } = await import('./server/admin/passwd.ts');
      process.exitCode = await passwd({ name, ...options });
    });
}

function addTokens(program: Command): void {
  program
    .command('tokens')
    .description("list or revoke an account's tokens, on the server's machine")
    .argument('<name>', 'the account')
    .addOption(
      new Option(
        '--revoke <id>',
        'revoke the token with this id and end its sessions; "all" revokes all tokens',
      ).argParser(tokenId),
    )
    .addOption(dataOfServer())
    .action(async (name: string, options) => {
      const { tokens } = await import('./server/admin/tokens.ts');
      process.exitCode = await tokens({ name, ...options });
    });
}

function addBackup(program: Command): void {
  program
    .command('backup')
    .description("copy a server's messages, accounts and files; the server may be running")
    .argument('<folder>', 'the destination: a new or empty folder')
    .addOption(dataOfServer())
    .action(async (folder: string, options) => {
      const { backup } = await import('./server/admin/backup.ts');
      process.exitCode = await backup({ folder, ...options });
    });
  program
    .command('restore')
    .description('create a data folder from a backup')
    .argument('<folder>', 'the backup')
    .addOption(dataOfServer('the data folder to create: a new or empty folder'))
    .action(async (folder: string, options) => {
      const { restore } = await import('./server/admin/backup.ts');
      process.exitCode = await restore({ folder, ...options });
    });
}

function dataOfServer(description = "the server's data folder"): Option {
  return new Option('--data <folder>', description).env('EARSHOT_DATA');
}

function tokenId(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[0-9]{1,15}$/.test(text)) {
    throw new InvalidArgumentError('It must be the ID of a token, as listed, or all.');
  }
  return Number(text);
}

/** Collects the comma-separated values of an option that may be repeated. */
function commaList(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(',')];
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('It must be a size, such as 500K or 10M.');
  return bytes;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
