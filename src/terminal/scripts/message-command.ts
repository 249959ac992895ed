import { spawn } from 'node:child_process';

/** The command ended, but not with exit code 0; or it could not be started. The message is for people. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** How long a command may take to end after SIGTERM. */
const killMs = 5_000;

/**
 * Runs `command` by `sh` with `input` on its standard input and `environment` added to ours. Resolves when it has ended
 * with exit code 0; rejects with `CommandError` otherwise. When `leaving` aborts, it is told to end (SIGTERM).
 */
export function runCommand(
  command: string,
  environment: Readonly<Record<string, string>>,
  input: string,
  leaving: AbortSignal,
): Promise<void> {
  // A password is no business of the command.
  const { EARSHOT_PASSWORD: _, ...env } = process.env;
  // In a process group of its own, so that all that the shell has started ends together.
  const child = spawn('sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...env, ...environment },
    detached: true,
  });
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  let late: NodeJS.Timeout | undefined;
  const end = (): void => {
    kill('SIGTERM');
    late = setTimeout(() => kill('SIGKILL'), killMs);
  };
  // A command need not read its input.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(`the command cannot be run: ${error.message}`)));
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new CommandError(
            `the command ${code === null ? `was ended by ${signal}` : `failed with exit code ${code}`}`,
          ),
        );
    });
  });
  if (leaving.aborted) end();
  else leaving.addEventListener('abort', end, { once: true });
  return ended.finally(() => {
    clearTimeout(late);
    leaving.removeEventListener('abort', end);
  });
}
