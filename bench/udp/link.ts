import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/**
 * An emulated link (`link.c`, compiled when it is needed) between two networks that have no name and end with their last
 * process. It ends with this process, however that ends, and so do the programs that were started on its ends.
 */
export interface LinkOptions {
  readonly mbitPerSecond: number;
  /** One way. */
  readonly delayMs: number;
  readonly queueBytes: number;
  /** The share of packets that is lost behind the queue, in both directions. */
  readonly loss: number;
  readonly seed: number;
}

/** What one direction has done so far; bytes are those of IP packets. */
export interface DirectionCounts {
  readonly offered: number;
  readonly offeredBytes: number;
  readonly dropped: number;
  readonly lost: number;
  readonly delivered: number;
}

/** The addresses of the two ends. */
export const linkHosts = ['10.90.0.1', '10.90.0.2'] as const;
export type End = 0 | 1;

const source = fileURLToPath(new URL('./link.c', import.meta.url));

/** Why there can be no link on this machine; undefined when there can be. */
export function whyNoLink(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a matter of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const [tool, from] of [
    ['cc', 'gcc'],
    ['nsenter', 'util-linux'],
    ['chrt', 'util-linux'],
    ['ip', 'iproute2'],
  ] as const) {
    if (spawnSync('which', [tool]).status !== 0) return `there is no ${tool} (${from})`;
  }
  return undefined;
}

/** Compiles the link's program; it is deleted when the process exits. Throws with what the compiler says. */
export function compileLink(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-link-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'link');
  const { status, stderr } = spawnSync('cc', ['-O2', '-o', program, source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the link does not compile: ${stderr}`);
  return program;
}

export class Link {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #spaces: readonly string[];
  readonly #programs = new Set<ChildProcess>();

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, lines: Interface, ready: string) {
    this.#process = child;
    this.#lines = lines;
    this.#spaces = ready.split(' ').slice(1);
  }

  /** Rejects when the program ends instead, having said why on standard error. */
  static async start(program: string, options: LinkOptions): Promise<Link> {
    const { mbitPerSecond, delayMs, queueBytes, loss, seed } = options;
    const values = [mbitPerSecond, delayMs, queueBytes, loss, seed].map(String);
    const child = spawn(program, values, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(child.stdout);
    const [first] = await Promise.race([once(lines, 'line'), once(child, 'close')]);
    if (typeof first !== 'string') throw new Error('the link does not start');
    return new Link(child, lines, first);
  }

  /**
   * Starts `args` with the Node at `node` on one end, with a channel for messages. Ends when the link is closed. It
   * goes before others who want the processor: otherwise the bench tells of those.
   */
  spawnNode(end: End, args: readonly string[], node = process.execPath): ChildProcess {
    const entering = [...this.#entering(end), 'chrt', '-r', '1', node, ...args];
    const child = spawn('nsenter', entering, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#programs.add(child);
    child.once('close', () => this.#programs.delete(child));
    return child;
  }

  /** From now on TCP connections from `end` are under this congestion control. Returns what the system says against it. */
  useTcp(end: End, congestionControl: string): string | undefined {
    const to = `${linkHosts[end === 0 ? 1 : 0]}/32`;
    const route = ['ip', 'route', 'replace', to, 'dev', 'link0', 'congctl', congestionControl];
    const { status, stderr } = spawnSync('nsenter', [...this.#entering(end), ...route], { encoding: 'utf8' });
    return status === 0 ? undefined : stderr.trim();
  }

  /** What went from the first end to the second, and back. */
  async counts(): Promise<readonly [DirectionCounts, DirectionCounts]> {
    this.#process.stdin.write('\n');
    const [line] = (await once(this.#lines, 'line')) as [string];
    const [a, b, c, d, e, ...back] = line.trim().split(' ').map(Number);
    const named = ([offered = 0, offeredBytes = 0, dropped = 0, lost = 0, delivered = 0]: readonly (
      | number
      | undefined
    )[]): DirectionCounts => ({ offered, offeredBytes, dropped, lost, delivered });
    return [named([a, b, c, d, e]), named(back)];
  }

  /** Ends the link and what runs on its ends. */
  async close(): Promise<void> {
    const programs = [...this.#programs];
    const ends = programs.map((program) => once(program, 'close'));
    for (const program of programs) program.kill('SIGKILL');
    await Promise.all(ends);
    const gone = once(this.#process, 'close');
    this.#process.stdin.end();
    await gone;
  }

  #entering(end: End): readonly string[] {
    return [`--net=/proc/${this.#process.pid}/fd/${this.#spaces[end]}`];
  }
}
