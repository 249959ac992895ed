import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './temporary-folder.ts';

/** What processes did to the files of one folder, in one order. `name` is of a file in it, '' is the folder itself. */
export type DiskEvent =
  | { readonly kind: 'make' | 'remove'; readonly name: string }
  | { readonly kind: 'write'; readonly name: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'resize'; readonly name: string; readonly size: number }
  /** Takes effect now, if it is done, on what had ended when it began: the events before `since`. */
  | { readonly kind: 'sync'; readonly name: string; readonly since: number; readonly isDone: boolean }
  /** On standard output, in one call. */
  | { readonly kind: 'told'; readonly lines: readonly string[] };

/** `make` stands for opening with O_CREAT, whether the file was there or not. */
const calls = [
  ...['openat', 'write', 'pwrite64', 'fsync', 'fdatasync', 'ftruncate', '?unlink'],
  // What the databases do without: watched so that nobody begins to use one of them unseen.
  ...['?open', '?creat', 'writev', 'pwritev', 'pwritev2', 'truncate', 'fallocate', 'mmap', 'copy_file_range'],
  ...['?rename', '?renameat', 'renameat2', '?link', 'linkat', '?mkdir', 'mkdirat', 'unlinkat'],
];

/** Records what processes do to the files of `folder`, one process after the other. */
export class DiskRecording {
  readonly events: DiskEvent[] = [];
  readonly #folder: string;

  /** `folder` is an absolute path. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Runs Node with `args` until it ends and adds what it did. `inject` is what is to go wrong, in strace's words. Throws
   * when it did to a file there what a recording cannot have.
   */
  async run(test: TestContext, args: readonly string[], inject?: string): Promise<void> {
    const trace = join(await temporaryFolder(test), 'trace');
    const options = ['-f', '-qq', '-y', '-xx', '-s', '10000000', '-o', trace, '-e', `trace=${calls.join()}`];
    // With a filter in the kernel strace sends no signals.
    options.push(...(inject === undefined ? ['--seccomp-bpf'] : ['-e', `inject=${inject}`]));
    const child = spawn('strace', [...options, process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    test.after(() => child.kill('SIGKILL'));
    child.stdout.resume();
    await once(child, 'close');
    const parser = new TraceParser(this.#folder, this.events);
    for await (const line of createInterface({ input: createReadStream(trace, 'latin1') })) parser.add(line);
    parser.end();
    await rm(trace);
  }
}

interface Call {
  readonly call: string;
  readonly args: string;
  /** How many events there were when it began. */
  readonly since: number;
}

/** Reads lines of `strace -f -y -xx`, in which strings and paths are in hexadecimal. */
class TraceParser {
  readonly #folder: string;
  readonly #events: DiskEvent[];
  readonly #mark: string;
  /** By thread: what was under way when other threads had something to tell. */
  readonly #begun = new Map<string, Call>();

  constructor(folder: string, events: DiskEvent[]) {
    this.#folder = folder;
    this.#events = events;
    this.#mark = Buffer.from(folder).toString('hex').replace(/../g, '\\x$&');
  }

  add(line: string): void {
    const [, thread = '', what = ''] = /^([0-9]+) +(.*)$/.exec(line) ?? [];
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(what) ?? [];
    if (rest !== undefined) {
      const begun = this.#begun.get(thread);
      this.#begun.delete(thread);
      if (begun !== undefined) this.#end({ ...begun, args: begun.args + rest });
      return;
    }
    const [, call, args] = /^(\w+)\((.*)$/.exec(what) ?? [];
    if (call === undefined || args === undefined) return;
    if (call === 'write' && args.startsWith('1<')) this.#tell(args);
    // Standard error may name a file.
    else if (call === 'write' && args.startsWith('2<')) return;
    else if (args.includes(this.#mark)) {
      const begun = { call, args: args.replace(/ <unfinished \.\.\.>$/, ''), since: this.#events.length };
      if (begun.args === args) this.#end(begun);
      else this.#begun.set(thread, begun);
    }
  }

  /** The processes are gone, with the calls that they were in. */
  end(): void {
    for (const { args, ...begun } of this.#begun.values()) this.#end({ ...begun, args: `${args}) = ?` });
  }

  /** What is told counts as told when the call begins. */
  #tell(args: string): void {
    this.#events.push({ kind: 'told', lines: stringIn(args).toString().split('\n').slice(0, -1) });
  }

  #end({ call, args, since }: Call): void {
    const [, given = '', result = '?'] = /^(.*)\) += (-?[0-9]+|\?)/.exec(args) ?? [];
    const isByName = call === 'openat' || call === 'unlink';
    const path = isByName ? stringIn(given) : bytesOf(/<(.*?)>/.exec(given)?.[1] ?? '');
    const name = path.toString().slice(this.#folder.length + 1);
    const event = this.#eventOf(call, given, name);
    // A sync that a process was killed in has not been done, nor has it failed.
    if (event === undefined || (event === 'sync' && result === '?')) return;
    if (event === 'sync') this.#events.push({ kind: event, name, since, isDone: result === '0' });
    else if (event.kind === 'write' ? result === `${event.bytes.length}` : Number(result) >= 0) {
      this.#events.push(event);
    } else if (!result.startsWith('-')) throw new Error(`nobody knows what came of ${call} on ${name}`);
  }

  /** What the call does if it succeeds; undefined when that is nothing. */
  #eventOf(call: string, given: string, name: string): DiskEvent | 'sync' | undefined {
    const [last = ''] = /[0-9]+$/.exec(given) ?? [];
    if (call === 'fsync' || call === 'fdatasync') return 'sync';
    if (call === 'unlink') return { kind: 'remove', name };
    if (call === 'openat' && !given.includes('O_TRUNC')) {
      return given.includes('O_CREAT') ? { kind: 'make', name } : undefined;
    }
    // What is in it means nothing after a restart.
    if (name.endsWith('-shm')) return undefined;
    if (call === 'pwrite64') return { kind: 'write', name, offset: Number(last), bytes: stringIn(given) };
    if (call === 'ftruncate') return { kind: 'resize', name, size: Number(last) };
    throw new Error(`a recording cannot have this yet: ${call} of ${name}`);
  }
}

const stringIn = (args: string): Buffer => bytesOf(/"(.*?)"/.exec(args)?.[1] ?? '');

/** Of bytes that are written as `\x0f`. */
const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');
