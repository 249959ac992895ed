import type { Command } from 'commander';
import type { UdpOptions } from '../terminal/udp-lens.ts';
import { addressHelp, missing, told, withInvitation, withServer } from './client-options.ts';
import { serverWords, type Words } from './server-words.ts';

/** `earshot console`, the client of CS3560. */
export function addConsole(program: Command): void {
  const command: Command = program
    .command('console')
    .description('chat by the five commands of CS3560')
    .usage('[options] [PROFILE | ADDRESS | HOST PORT]')
    .argument('[address]', `${addressHelp}; or a profile; or its host`)
    .argument('[port]', 'its port, after its host');
  withServer(command).action(async (first?: string, port?: string) => {
    const { address } = told(command, [first], port === undefined ? serverWords : hostAlone);
    if (address === undefined) missing(command, 'address');
    const { runConsole } = await import('../terminal/console/main.ts');
    const udp = command.opts<UdpOptions>();
    process.exitCode = await runConsole(
      port === undefined ? { ...udp, address } : { ...udp, host: address, port },
    );
  });
}

/** `earshot menu`, the client of IS496. */
export function addMenu(program: Command): void {
  const command: Command = program
    .command('menu')
    .description('chat by the menu of IS496, with a name and a password')
    .usage('[options] [PROFILE | ADDRESS]')
    .argument('[address]', `${addressHelp}; or a profile`)
    .option('--host <host>', 'the host of the server, with --port; also -hn')
    .option('-p, --port <number>', 'its port');
  withServer(withInvitation(command), 'Server:').action(async (first?: string) => {
    const { address } = told(command, [first], serverWords);
    const { host, port, ...options } = command.opts<MenuOptions>();
    const { runMenu } = await import('../terminal/menu/main.ts');
    const name = process.env.EARSHOT_NAME;
    const who = { ...options, ...(name ? { name } : {}) };
    if (host !== undefined || port !== undefined) {
      if (host === undefined) command.error('earshot: --port needs --host');
      if (port === undefined) command.error('earshot: --host needs --port');
      process.exitCode = await runMenu({ host, port, ...who });
      return;
    }
    if (address === undefined) missing(command, 'address');
    process.exitCode = await runMenu({ address, ...who });
  });
}

interface MenuOptions extends UdpOptions {
  readonly host?: string;
  readonly port?: string;
  readonly invitation?: string;
}

/** Before a port, the word is a host, even if a profile has that name. */
function hostAlone([host]: readonly string[]): Words {
  return { address: host, rest: [] };
}
