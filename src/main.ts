import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';

type AddCommand = (program: Command) => void;

/**
 * The commands in the order of the help. Only the module of the command that runs is loaded, because each costs time at
 * the start; the help needs all.
 */
const commands: { readonly [name: string]: () => Promise<AddCommand> } = {
  serve: async () => (await import('./command-line/serve.ts')).addServe,
  join: async () => (await import('./command-line/join.ts')).addJoin,
  tail: async () => (await import('./command-line/scripts.ts')).addTail,
  send: async () => (await import('./command-line/scripts.ts')).addSend,
  list: async () => (await import('./command-line/scripts.ts')).addList,
  history: async () => (await import('./command-line/scripts.ts')).addHistory,
  console: async () => (await import('./command-line/courses.ts')).addConsole,
  menu: async () => (await import('./command-line/courses.ts')).addMenu,
  logout: async () => (await import('./command-line/own-machine.ts')).addLogout,
  config: async () => (await import('./command-line/own-machine.ts')).addConfig,
  passwd: async () => (await import('./command-line/admin.ts')).addPasswd,
  tokens: async () => (await import('./command-line/admin.ts')).addTokens,
  backup: async () => (await import('./command-line/admin.ts')).addBackup,
  restore: async () => (await import('./command-line/admin.ts')).addRestore,
};

/** Runs the command line `argv`. The module that a command imports does the work. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('earshot')
    .description('Chat where a message reaches those who follow a word in it.')
    .version(packageVersion())
    .exitOverride();
  const [first = ''] = argv;
  const isKnown = Object.hasOwn(commands, first);
  for (const name of isKnown ? [first] : Object.keys(commands)) (await commands[name]?.())?.(program);
  const help = isKnown ? `earshot ${first} --help` : 'earshot --help';
  for (const each of [program, ...program.commands]) {
    each.showHelpAfterError(`(${help} lists the ${isKnown ? 'arguments' : 'commands'} and options)`);
  }
  try {
    await program.parseAsync(withLongHost(argv), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Error && error.name === 'SettingsError') {
      process.stderr.write(`earshot: ${reason}\n`);
      process.exitCode = exitCodes.settings;
      return;
    }
    process.stderr.write(`earshot: this is a bug in earshot, please report it: ${reason}\n`);
    process.exitCode = exitCodes.internal;
  }
}

/** IS496's client names its server with `-hn`, which an option parser reads as `-h -n`. */
function withLongHost(argv: readonly string[]): string[] {
  return argv.map((word) => (argv[0] === 'menu' && word === '-hn' ? '--host' : word));
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
