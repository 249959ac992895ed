import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const earshot = new URL('../../bin/earshot.js', import.meta.url).pathname;

const overallMs = 20_000;
const running = new Set<Joiner>();

/** For `afterEach`: kills the programs that a failed test left running. */
export function endJoiners(): void {
  for (const joiner of running) joiner.close();
  running.clear();
}

/** A client with pipes, as a script runs it: `earshot join` or another `face`. */
export class Joiner {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number>;
  readonly #watchers = new Set<() => void>();
  #output = '';
  #errors = '';

  constructor(
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv; face?: string } = {},
  ) {
    const env = { ...process.env, ...options.env };
    const { cwd, face = 'join' } = options;
    this.#child = spawn(process.execPath, [earshot, face, ...args], { cwd, env });
    running.add(this);
    this.#child.stdin?.on('error', () => {});
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#output += text;
      this.#look();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#errors += text;
      this.#look();
    });
    this.#exit = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => resolve(signal === null ? (code ?? -1) : -1));
    });
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  write(bytes: string | Uint8Array): void {
    this.#child.stdin?.write(bytes);
  }

  /** Writes `bytes` to its input and closes that. */
  end(bytes: string | Uint8Array = ''): void {
    this.#child.stdin?.end(bytes);
  }

  /** Stops reading its output, as `head` does. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until `isTrue`, which is checked again after each output; `what` names it in the error. */
  async waitFor(what: string, isTrue: (joiner: this) => boolean): Promise<void> {
    let watcher = () => {};
    const came = new Promise<void>((resolve) => {
      watcher = () => isTrue(this) && resolve();
      this.#watchers.add(watcher);
    });
    watcher();
    await this.#within(came, what);
    this.#watchers.delete(watcher);
  }

  exit(): Promise<number> {
    return this.#within(this.#exit, 'its end');
  }

  close(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }

  async #within<T>(event: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${what} did not come; it wrote\n${this.#output}\nand as errors\n${this.#errors}`));
      }, overallMs);
    });
    return Promise.race([event, late]).finally(() => clearTimeout(timer));
  }
}

/** Calls `use` with a temporary folder, and removes it afterwards. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-test-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits until `isTrue` by polling every few milliseconds: for state that emits no event when it changes. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const beganMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - beganMs > overallMs) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
