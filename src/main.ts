import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { exitCodes } from './exit-codes.ts';

/** The command line: which command, with which options. What each does lies behind its import. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('earshot')
    .description('Chat where a message reaches those who follow a word in it.')
    .version(packageVersion())
    .showHelpAfterError('(earshot --help tells what there is)')
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
      new Option('-p, --port <number>', 'port to listen on; by default the system chooses, as with 0')
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
    .addOption(new Option('--data <folder>', 'where everything is kept').env('EARSHOT_DATA'))
    .addOption(
      new Option(
        '--default-follow <terms>',
        "what newcomers without terms of their own follow; '*' is everything",
      )
        .env('EARSHOT_DEFAULT_FOLLOW')
        .default(''),
    )
    .addOption(
      new Option(
        '--chat10-charset <charset>',
        'characters that CHAT/1.0 clients (nc, for one) are sent; others become ?',
      )
        .env('EARSHOT_CHAT10_CHARSET')
        .choices(['ascii', 'utf-8'])
        .default('ascii'),
    )
    .addOption(
      new Option('--message-rate <number>', 'messages a second a user may go on sending; 0 is no limit')
        .env('EARSHOT_MESSAGE_RATE')
        .argParser(wholeNumber(0, 1_000_000))
        .default(10),
    )
    .addOption(
      // A week at least, as for so long it is safe to send a message again.
      new Option('--retain <days>', 'keep messages for so many days, at least 7; by default for ever')
        .env('EARSHOT_RETAIN')
        .argParser(wholeNumber(7, 36_500)),
    )
    .option('--accept-loss', 'start although accounts.db is missing: every account is lost')
    .addOption(
      // With a value, as otherwise EARSHOT_INSECURE_PASSWORDS=no would be the option too.
      new Option('--insecure-passwords [answer]', 'take passwords over plain text from other machines')
        .env('EARSHOT_INSECURE_PASSWORDS')
        .choices(['yes', 'no'])
        .preset('yes')
        .default('no'),
    )
    .addOption(
      new Option('--limit <name=value>', 'change one of the limits of docs/operating.md; may be repeated')
        .env('EARSHOT_LIMIT')
        .argParser(commaList),
    )
    .addOption(
      new Option('--log-level <level>', 'how much to tell')
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
    .option('-f, --follow <terms>', 'terms to follow from the start, with commas between them', '')
    .option('--downloads <folder>', 'where received files are saved; made if it is this one', 'earshot-files')
    .addOption(
      new Option(
        '--rate <number>',
        'lines a second from a pipe after the first 15; 0 is as fast as the server takes them',
      )
        .argParser(wholeNumber(0, 1_000_000))
        .default(9),
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
    .description('chat in this terminal with the menu of IS496: BM, PM, CH, EX; asks for name and password')
    .requiredOption('--host <host>', 'the server; -hn is the same')
    .requiredOption('-p, --port <number>', 'its port')
    .action(async (options) => {
      const { runMenu } = await import('./terminal/menu/main.ts');
      process.exitCode = await runMenu(options);
    });
}

/** IS496's client is given its server with `-hn`, which would be -h and -n by the customs of command lines. */
function withLongHost(argv: readonly string[]): string[] {
  return argv.map((word) => (argv[0] === 'menu' && word === '-hn' ? '--host' : word));
}

function addPasswd(program: Command): void {
  program
    .command('passwd')
    .description(
      'give an account another password, on the machine of its server; asks for it, or reads a line',
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
    .description('list or revoke the tokens of an account, on the machine of its server')
    .argument('<name>', 'the account')
    .addOption(
      new Option('--revoke <id>', 'end this token and what it let in; all ends every one').argParser(tokenId),
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
    .description('copy the messages, accounts and files of a server, also while it runs')
    .argument('<folder>', 'where to: a new folder, or an empty one')
    .addOption(dataOfServer())
    .action(async (folder: string, options) => {
      const { backup } = await import('./server/admin/backup.ts');
      process.exitCode = await backup({ folder, ...options });
    });
  program
    .command('restore')
    .description('make a data folder of a backup')
    .argument('<folder>', 'the backup')
    .addOption(dataOfServer())
    .action(async (folder: string, options) => {
      const { restore } = await import('./server/admin/backup.ts');
      process.exitCode = await restore({ folder, ...options });
    });
}

function dataOfServer(): Option {
  return new Option('--data <folder>', 'the data folder of the server').env('EARSHOT_DATA');
}

function tokenId(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[0-9]{1,15}$/.test(text)) {
    throw new InvalidArgumentError('It must be the ID of a token, as listed, or all.');
  }
  return Number(text);
}

/** Of an option that may be repeated: all that its values list. */
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

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
