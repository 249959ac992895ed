import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/earshot.js', import.meta.url));

export interface SpawnedServer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A server as users run it, in a process of its own; of the checkout in `folder` where that is given. */
export async function spawnServer(args: readonly string[], folder?: string): Promise<SpawnedServer> {
  const run = folder === undefined ? program : join(folder, 'bin', 'earshot.js');
  const child: ChildProcess = spawn(process.execPath, [run, 'serve', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { stdout, pid } = child;
  if (stdout === null || pid === undefined) throw new Error('the server did not start');
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(stdout).on('line', (line) => {
      const [, digits] = /chats?:\/\/[^"#]*:([0-9]+)(?:#[^"]*)?"/.exec(line) ?? [];
      if (digits !== undefined) resolve(Number(digits));
    });
    child.once('close', () => reject(new Error('the server ended before it listened')));
  });
  return {
    port,
    pid,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}
