import { Command, CommanderError } from 'commander';
import { errorCode, systemProblem } from './client/system-error.ts';
import { exitCodes } from './exit-codes.ts';
import { packageVersion } from './version.ts';

type AddCommand = (program: Command) => void;

/**
 * The commands as the help shows them, by group. Only the module of the command that runs is loaded, because each costs
 * time at the start; the help needs all.
 */
const groups: { readonly [heading: string]: { readonly [name: string]: () => Promise<AddCommand> } } = {
  'Chat in this terminal:': {
    join: async () => (await import('./command-line/join.ts')).addJoin,
    console: async () => (await import('./command-line/courses.ts')).addConsole,
    menu: async () => (await import('./command-line/courses.ts')).addMenu,
  },
  'For scripts:': {
    send: async () => (await import('./command-line/scripts.ts')).addSend,
    tail: async () => (await import('./command-line/scripts.ts')).addTail,
    list: async () => (await import('./command-line/scripts.ts')).addList,
    history: async () => (await import('./command-line/scripts.ts')).addHistory,
  },
  'What is kept on this machine:': {
    config: async () => (await import('./command-line/own-machine.ts')).addConfig,
    logout: async () => (await import('./command-line/own-machine.ts')).addLogout,
    completion: async () => (await import('./command-line/completion.ts')).addCompletion,
  },
  'Server, on its own machine:': {
    serve: async () => (await import('./command-line/serve.ts')).addServe,
    admin: async () => (await import('./command-line/operators.ts')).addAdmin,
    passwd: async () => (await import('./command-line/admin.ts')).addPasswd,
    tokens: async () => (await import('./command-line/admin.ts')).addTokens,
    backup: async () => (await import('./command-line/admin.ts')).addBackup,
    restore: async () => (await import('./command-line/admin.ts')).addRestore,
  },
};

const afterHelp = `
Begin with "earshot serve"; it prints how to join. "earshot COMMAND --help"
explains a command and its options.`;

/** Returns the program with the command `only`, or with all if there is none of that name. */
export async function createProgram(only = ''): Promise<Command> {
  const program = new Command('earshot')
    .description('Chat where a message reaches those who follow a word in it.')
    .usage('COMMAND [options]')
    .version(packageVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', afterHelp)
    .configureHelp({
      // The help of a command has its arguments, so the names stay in one narrow column.
      subcommandTerm: (command) => command.name(),
      argumentTerm: (argument) => argument.name().toUpperCase(),
    })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'earshot: ')) })
    .exitOverride();
  for (const [heading, group] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const [name, load] of Object.entries(group)) {
      if (!isCommand(only) || name === only) (await load())(program);
    }
  }
  return program;
}

/** Runs the command line `argv`. The module that a command imports does the work. */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever closes our output has read enough, as `head` has. The commands that must end then listen by themselves.
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error) => {
      if (errorCode(error) !== 'EPIPE') endUnwritten(error);
    });
  }
  const words = withLongHost(withHelpOption(argv));
  const [first = ''] = words;
  // Completions name all commands.
  const program = await createProgram(first === 'completion' ? '' : first);
  nameHelpAfterErrors(program, 'earshot');
  try {
    await program.parseAsync(words, { from: 'user' });
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

/** The output takes no more, as on a full disk: what is not written may not count as done. */
function endUnwritten(error: unknown): void {
  // After the other listeners of this event: the screen gives the terminal back in one of them.
  process.once('exit', () =>
    process.stderr.write(`earshot: the output cannot be written: ${systemProblem(error)}\n`),
  );
  process.exit(exitCodes.storage);
}

function nameHelpAfterErrors(command: Command, words: string): void {
  const what = command.commands.length > 0 ? 'commands' : 'arguments';
  command.showHelpAfterError(`(${words} --help lists the ${what} and options)`);
  for (const each of command.commands) nameHelpAfterErrors(each, `${words} ${each.name()}`);
}

const isCommand = (name: string): boolean =>
  Object.values(groups).some((group) => Object.hasOwn(group, name));

/** `help join` is `join --help`; a `help` with a word that is no command is an unknown command. */
function withHelpOption(argv: readonly string[]): readonly string[] {
  const [first, name] = argv;
  if (first !== 'help') return argv;
  if (name === undefined) return ['--help'];
  return isCommand(name) ? [name, '--help'] : [name];
}

/** IS496's client names its server with `-hn`, which an option parser reads as `-h -n`. */
function withLongHost(argv: readonly string[]): string[] {
  return argv.map((word) => (argv[0] === 'menu' && word === '-hn' ? '--host' : word));
}
