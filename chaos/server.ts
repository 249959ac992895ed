import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Point, retainDays } from './plan.ts';

const here = fileURLToPath(new URL('..', import.meta.url));
const preloaded = new URL('./points.ts', import.meta.url).href;

/** High enough that only faults hold anybody up; small outboxes, so that readers lag. */
const limits = {
  outboxBytes: 4_096,
  messageReserveBytes: 0,
  diskReserveBytes: 0,
  messageBytesBurst: 100_000_000,
  messageBytesPerSecond: 100_000_000,
  addressMessageBurst: 1_000_000,
  addressMessagesPerSecond: 1_000_000,
  addressBytesBurst: 1_000_000_000,
  addressBytesPerSecond: 1_000_000_000,
  requestsPerSecond: 0,
  addressRequestsPerSecond: 0,
  passwordHashKiB: 8,
  passwordHashPasses: 1,
  accountsPerAddressPerHour: 1_000,
  accountsPerHour: 1_000,
  tokensPerAccount: 1_000,
};

export interface ServerStart {
  readonly dataFolder: string;
  /** See `Disk`. */
  readonly fullMark?: string | undefined;
  /** A checkout, or a copy of one. */
  readonly program?: string | undefined;
  readonly point?: { readonly name: Point; readonly hits: number } | undefined;
  readonly clock: { readonly aheadMs: number; readonly stepAfterMs: number; readonly stepMs: number };
}

/** A real `earshot serve`, a direct child of this process. */
export class ServerProcess {
  /** Undefined when it ended before it listened. */
  readonly port: Promise<number | undefined>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  hasEnded = false;
  readonly #child: ChildProcess;
  #lines: string[] = [];

  constructor({ dataFolder, fullMark = '', program = here, point, clock }: ServerStart) {
    const args = ['--data', dataFolder, '--port', '0', '--message-rate', '0', '--retain', `${retainDays}`];
    for (const [name, value] of Object.entries(limits)) args.push('--limit', `${name}=${value}`);
    const child = spawn(
      process.execPath,
      ['--import', preloaded, join(program, 'bin', 'earshot.js'), 'serve', ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          CHAOS_POINT: point === undefined ? '' : `${point.name} ${point.hits}`,
          CHAOS_FULL_MARK: fullMark,
          CHAOS_CLOCK: `${clock.aheadMs} ${clock.stepAfterMs} ${clock.stepMs}`,
        },
      },
    );
    this.#child = child;
    this.ended = once(child, 'close').then(() => {
      this.hasEnded = true;
      return child.exitCode ?? child.signalCode ?? 'lost';
    });
    const listening = Promise.withResolvers<number | undefined>();
    this.port = listening.promise;
    void this.ended.then(() => listening.resolve(undefined));
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > 400) this.#lines = this.#lines.slice(200);
        const [, digits] = /chat:\/\/[^"#]*:([0-9]+)"/.exec(line) ?? [];
        if (digits !== undefined) listening.resolve(Number(digits));
      });
    }
  }

  /** What it said last that is no everyday business. */
  get complaints(): readonly string[] {
    return this.#lines.filter((line) => !line.includes('"level":30')).slice(-5);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
