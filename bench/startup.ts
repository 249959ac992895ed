import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoted } from '../tests/support/pty.ts';
import { spawnServer } from './server-process.ts';
import { median, percentile, printTable } from './table.ts';

const program = fileURLToPath(new URL('../bin/earshot.js', import.meta.url));
const rounds = 15;

interface Side {
  readonly what: string;
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the terminal gets when it is ready; undefined: when the program ends. */
  readonly ready: string | undefined;
}

/**
 * Start-up: how long `earshot join` takes to its prompt, on a terminal and with a server on this machine, compared with
 * a Node that does nothing. The sides alternate, so that a change of the machine's speed meets both.
 */
export async function startupBench(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'earshot-bench-'));
  const server = await spawnServer(['--data', path.join(folder, 'data')]);
  const address = `chat://127.0.0.1:${server.port}`;
  const join = [program, 'join', 'bench', address];
  const ready = '> ';
  const sides: readonly Side[] = [
    { what: 'node -e 0', words: ['-e', '0'], ready: undefined },
    { what: 'earshot --version', words: [program, '--version'], ready: undefined },
    { what: 'earshot list', words: [program, 'list', address], ready: undefined },
    { what: 'earshot join, to its prompt', words: join, ready },
    { what: '… without a compile cache', words: join, ready, env: { NODE_DISABLE_COMPILE_CACHE: '1' } },
  ];
  const times = new Map<Side, number[]>(sides.map((side) => [side, []]));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const side of sides) {
        const ms = await timed(side, folder);
        // The first round fills the caches.
        if (round > 0) times.get(side)?.push(ms);
      }
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const base = median([...times.values()][0] ?? []);
  const rows = [...times].map(([{ what }, ms]) => [
    what,
    median(ms).toFixed(0),
    (median(ms) - base).toFixed(0),
    percentile(ms, 0.9).toFixed(0),
  ]);
  printTable(['', 'median ms', 'more than node -e 0', 'p90 ms'], rows);
}

/** Runs the program on a terminal of its own; resolves with the milliseconds from its start until it is ready. */
function timed({ words, ready, env }: Side, folder: string): Promise<number> {
  const command = [process.execPath, ...words].map(quoted).join(' ');
  // The shell says when the program begins, so that the making of the terminal does not count.
  const child = spawn('script', ['-qefc', `printf begin; exec ${command}`, '/dev/null'], {
    env: {
      ...process.env,
      ...env,
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      XDG_STATE_HOME: folder,
      XDG_CONFIG_HOME: folder,
    },
  });
  return new Promise((resolve, reject) => {
    let began = 0;
    let ms: number | undefined;
    let seen = '';
    child.once('error', reject);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      if (began === 0 && seen.includes('begin')) began = performance.now();
      if (ready === undefined || ms !== undefined || !seen.includes(ready)) return;
      ms = performance.now() - began;
      child.stdin.write('\x03');
    });
    child.once('close', () => {
      if (ready !== undefined && ms === undefined) reject(new Error(`it was never ready: ${seen}`));
      else resolve(ms ?? performance.now() - began);
    });
  });
}
