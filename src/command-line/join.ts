import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSize } from '../terminal/sizes.ts';
import {
  addressHelp,
  missing,
  told,
  withFollow,
  withInvitation,
  withLogin,
  withRate,
  withServer,
} from './client-options.ts';
import { joinWords } from './server-words.ts';

/** `earshot join`. */
export function addJoin(program: Command): void {
  const command: Command = program
    .command('join')
    .description('chat by following words and people')
    .usage('[options] [PROFILE | NAME] [ADDRESS]')
    .argument('[name]', 'your name, or a profile of the settings file')
    .argument('[address]', addressHelp);
  withFollow(command)
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
    .option(
      '--state <name>',
      'in a pipe: keep under this name how far the account has read; without it, a pipe changes no such place',
    );
  command
    .option('--no-bell', 'do not ring for mentions of your name and private messages')
    .option('--no-title', "do not count mentions and private messages in the window's title")
    .option('--notify', 'show mentions and private messages as notices of the desktop')
    .addOption(
      new Option('--times <form>', 'the time of lines: short (14:03), long (with the date) or off')
        .choices(['short', 'long', 'off'])
        .default('short'),
    );
  command.addOption(
    new Option(
      '--protocol <name>',
      'chat10: speak CHAT/1.0 without asking what the server speaks; chat11: leave if it does not speak CHAT/1.1',
    )
      .choices(['auto', 'chat10', 'chat11'])
      .default('auto'),
  );
  withLogin(withServer(withRate(command))).option(
    '--keep-login',
    'at a terminal: keep the login on this machine, so that the next needs no password',
  );
  withInvitation(command);
  command.action(async (first?: string, second?: string) => {
    const { name, address } = told(command, [first, second], joinWords);
    if (name === undefined) missing(command, 'name');
    if (address === undefined) missing(command, 'address');
    const { join } = await import('../terminal/join/main.ts');
    process.exitCode = await join({ ...command.opts(), name, address });
  });
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('It must be a size, such as 500K or 10M.');
  return bytes;
}
