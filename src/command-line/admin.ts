import { type Command, InvalidArgumentError, Option } from 'commander';
import { dataOfServer } from './values.ts';

/** The commands for whoever runs a server; they work on its data folder. */

export function addPasswd(program: Command): void {
  program
    .command('passwd')
    .usage('[options] NAME')
    .description("change an account's password, by a question or from a pipe")
    .argument('<name>', 'the account')
    .addOption(dataOfServer())
    .action(async (name: string, options) => {
      const { passwd } = await import('../server/admin/passwd.ts');
      process.exitCode = await passwd({ name, ...options });
    });
}

export function addTokens(program: Command): void {
  program
    .command('tokens')
    .usage('[options] NAME')
    .description("list or revoke an account's tokens, which keep its logins")
    .argument('<name>', 'the account')
    .addOption(
      new Option(
        '--revoke <id>',
        'revoke the token with this id and end its sessions; "all" revokes all tokens',
      ).argParser(tokenId),
    )
    .addOption(dataOfServer())
    .action(async (name: string, options) => {
      const { tokens } = await import('../server/admin/tokens.ts');
      process.exitCode = await tokens({ name, ...options });
    });
}

export function addBackup(program: Command): void {
  program
    .command('backup')
    .usage('[options] FOLDER')
    .description('copy messages, accounts and files, also while the server runs')
    .argument('<folder>', 'the destination: a new or empty folder')
    .addOption(dataOfServer())
    .action(async (folder: string, options) => {
      const { backup } = await import('../server/admin/backup.ts');
      process.exitCode = await backup({ folder, ...options });
    });
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .usage('[options] FOLDER')
    .description('create a data folder from a backup')
    .argument('<folder>', 'the backup')
    .addOption(dataOfServer('the data folder to create: a new or empty folder'))
    .action(async (folder: string, options) => {
      const { restore } = await import('../server/admin/backup.ts');
      process.exitCode = await restore({ folder, ...options });
    });
}

function tokenId(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[0-9]{1,15}$/.test(text)) {
    throw new InvalidArgumentError('It must be the ID of a token, as listed, or all.');
  }
  return Number(text);
}
