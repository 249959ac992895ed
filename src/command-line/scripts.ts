import { type Command, Option } from 'commander';
import { addressHelp, missing, told, withFollow, withLogin, withRate, withServer } from './client-options.ts';
import { sendWords, serverWords } from './server-words.ts';
import { wholeNumber } from './values.ts';

/** The commands for scripts: each does one thing, without a prompt. */

const maxCount = 1_000_000_000;

export function addTail(program: Command): void {
  const command: Command = program
    .command('tail')
    .description('print what arrives, or run a command for it')
    .usage('[options] [PROFILE | ADDRESS]')
    .argument('[address]', `${addressHelp}; or a profile`);
  withFollow(command, '; an account keeps those that it has')
    .option('--json', 'print one JSON object a line')
    .option(
      '--exec <command>',
      'run this command with sh for each message, one at a time: the text is on its standard input, ' +
        'EARSHOT_TEXT, EARSHOT_FROM and others are in its environment',
    )
    .addOption(
      new Option(
        '--on-error <what>',
        'when that command fails: try again without end, stop after 5 tries, or skip the message',
      )
        .choices(['retry', 'stop', 'skip'])
        .default('stop'),
    )
    .option(
      '--since <cursor>',
      'begin after this cursor, as --json prints it; "now" leaves out what was missed',
    )
    .option('--wait', 'at the start, wait for a server that is away or busy')
    .option('--cursor <file>', 'keep the cursor of the account in this file, in place of the usual one')
    .addOption(
      new Option('--count <number>', 'end after this many messages').argParser(wholeNumber(1, maxCount)),
    );
  withLogin(withServer(command)).action(async (first?: string) => {
    const { name, address } = told(command, [first], serverWords);
    if (address === undefined) missing(command, 'address');
    const { tail } = await import('../terminal/scripts/tail.ts');
    process.exitCode = await tail({ ...command.opts(), name, address });
  });
}

export function addSend(program: Command): void {
  const command: Command = program
    .command('send')
    .description('send a text, a file, or the lines of standard input')
    .usage('[options] [ADDRESS] [TEXT...]')
    .argument(
      '[text...]',
      'the server, then the text; when --url, EARSHOT_URL or the settings file names the server, the first word is ' +
        'an address only if it begins with chat://, chats://, chat+udp:// or tcp://',
    )
    .option('--to <name>', 'send to this user alone')
    .option('--attach <file>', 'send a file in place of a text; needs --terms or --to')
    .option('--terms <terms>', 'terms whose followers get the file, separated by commas')
    .option('--require-reached', 'fail if a message reaches nobody who is online');
  withLogin(withServer(withRate(command))).action(async (words: readonly string[]) => {
    const { name, address: url } = told(command, [], () => ({ rest: [] }));
    const isUrlGiven = command.getOptionValueSource('url') === 'cli';
    const { address = url, rest } = isUrlGiven ? { rest: words } : sendWords(words, url !== undefined);
    if (name === undefined) missing(command, 'name');
    if (address === undefined) missing(command, 'address');
    const { send } = await import('../terminal/scripts/send.ts');
    process.exitCode = await send({ ...command.opts(), name, address, words: rest });
  });
}

export function addList(program: Command): void {
  const command: Command = program
    .command('list')
    .description('print who is online')
    .usage('[options] [PROFILE | ADDRESS]')
    .argument('[address]', `${addressHelp}; or a profile`)
    .option('--json', 'print one JSON array');
  withServer(command, 'Server:').action(async (first?: string) => {
    const { address } = told(command, [first], serverWords);
    if (address === undefined) missing(command, 'address');
    const { list } = await import('../terminal/scripts/list.ts');
    process.exitCode = await list({ ...command.opts(), address });
  });
}

export function addHistory(program: Command): void {
  const command: Command = program
    .command('history')
    .description('print the last messages to and from your account')
    .usage('[options] [PROFILE | ADDRESS]')
    .argument('[address]', `${addressHelp}; or a profile`)
    .option('--json', 'print one JSON object a line')
    .addOption(
      new Option('--limit <number>', 'how many messages: the newest, or with --after the oldest; 0 is all')
        .argParser(wholeNumber(0, maxCount))
        .default(20),
    )
    .option('--match <term>', 'only messages with this term')
    .option('--before <cursor>', 'only messages before this cursor, as --json prints it')
    .option('--after <cursor>', 'only messages after this cursor');
  withLogin(withServer(command)).action(async (first?: string) => {
    const { name, address } = told(command, [first], serverWords);
    if (name === undefined) missing(command, 'name');
    if (address === undefined) missing(command, 'address');
    const { history } = await import('../terminal/scripts/history.ts');
    process.exitCode = await history({ ...command.opts(), name, address });
  });
}
