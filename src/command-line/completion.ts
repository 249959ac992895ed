import { Argument, type Command } from 'commander';
import { commandRows } from './command-rows.ts';

/** `earshot completion`: `program` must know all commands. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .usage('[options] SHELL')
    .description('print a script that completes the words of earshot in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completions } = await import('./completions.ts');
      process.stdout.write(completions[shell]?.(commandRows(program)) ?? '');
    });
}
