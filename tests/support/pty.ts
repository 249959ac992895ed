import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import xterm from '@xterm/headless';

export interface PtyOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether the command may stop programs: `script` would stop itself with them, so Python makes the terminal. */
  readonly stopsPrograms?: boolean;
}

const overallMs = 20_000;

/** What clients keep on the disk, so that they do not use the tester's own files. */
const stateFolder = mkdtempSync(join(tmpdir(), 'earshot-test-state-'));
process.once('exit', () => rmSync(stateFolder, { recursive: true, force: true }));

/**
 * Why there is no pty on this machine, for `skip:`; false when there is one. It is made by util-linux's
 * `script`, which every Debian has; where continuous integration lacks it, that is an error.
 */
export const ptyMissing: string | false = findPty();

/** Why there is no terminal in which programs may stop; false when there is one. */
export const stoppingPtyMissing: string | false = ptyMissing || findPython();

function findPython(): string | false {
  if (spawnSync('python3', ['-c', 'import pty']).status === 0) return false;
  if (process.env.CI === 'true') throw new Error('python3 is missing: no test of a stopped program can run');
  return 'no python3 on this machine: programs that are stopped are NOT tested';
}

/** Copies between its own input and output and those of a command on a terminal, until that ends. */
const pythonPty = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

function findPty(): string | false {
  const version = spawnSync('script', ['--version'], { encoding: 'utf8' });
  if (version.status === 0 && version.stdout.includes('util-linux')) return false;
  if (process.env.CI === 'true')
    throw new Error('util-linux script is missing: no test of the terminal can run');
  return 'no util-linux `script` on this machine: the terminal is NOT tested';
}

/** A command on a real terminal of its own, and what the terminal shows. */
export class Pty {
  readonly #child: ChildProcess;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  readonly #exit: Promise<number>;
  readonly #watchers = new Set<() => void>();
  #raw = '';

  /** Runs `command`, which `sh` reads: quote what needs it with `quoted`. */
  constructor(command: string, options: PtyOptions = {}) {
    const { columns = 80, rows = 24, env = {}, cwd = process.cwd(), stopsPrograms = false } = options;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    const { NO_COLOR: _, ...inherited } = process.env;
    const sized = `stty cols ${columns} rows ${rows}; ${command}`;
    const [program, ...words] = stopsPrograms
      ? ['python3', '-c', pythonPty, 'sh', '-c', sized]
      : ['script', '-qefc', sized, '/dev/null'];
    this.#child = spawn(program, words, {
      cwd,
      env: { ...inherited, XDG_STATE_HOME: stateFolder, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#onOutput(text));
    this.#exit = new Promise((resolve) => {
      this.#child.on('close', (code) => resolve(code ?? -1));
    });
  }

  /** Everything that was written to the terminal, as it was. */
  get raw(): string {
    return this.#raw;
  }

  /** The rows of text in the terminal, those that scrolled out among them, without spaces and rows at the end. */
  get rows(): string[] {
    const buffer = this.#terminal.buffer.active;
    const rows = Array.from({ length: buffer.length }, (_, y) =>
      (buffer.getLine(y)?.translateToString(true) ?? '').trimEnd(),
    );
    while (rows.at(-1) === '') rows.pop();
    return rows;
  }

  /** Where the cursor is, `y` as an index into `rows`. */
  get cursor(): { readonly x: number; readonly y: number } {
    const { cursorX, cursorY, baseY } = this.#terminal.buffer.active;
    return { x: cursorX, y: baseY + cursorY };
  }

  /** The rows that the window shows now; with `top`, as after the user scrolled to that row of `rows`. */
  screen(top = this.#terminal.buffer.active.baseY): string[] {
    return this.rows.slice(top, top + this.#terminal.rows);
  }

  /** What in the window has a colour or another style; rows with the same parts are told together. */
  styles(top = this.#terminal.buffer.active.baseY): string[] {
    const rows = this.screen(top).map((_, y) => styledRuns(this.#terminal.buffer.active.getLine(top + y)));
    const groups: { from: number; to: number; runs: string }[] = [];
    for (const [y, runs] of rows.entries()) {
      const last = groups.at(-1);
      if (last?.runs === runs) last.to = y + 1;
      else groups.push({ from: y + 1, to: y + 1, runs });
    }
    const styled = groups.filter(({ runs }) => runs !== '');
    return styled.map(({ from, to, runs }) => `${from === to ? from : `${from}-${to}`}: ${runs}`);
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until these are the last rows: a terminal shows what is written to it in pieces, in its own time. */
  waitForLast(rows: readonly string[]): Promise<void> {
    const last = (): string[] => this.rows.slice(-rows.length);
    return this.waitFor(`the rows ${JSON.stringify(rows)}`, () => isDeepStrictEqual(last(), rows));
  }

  /** Waits until `isTrue` of what the terminal shows; rejects with the screen when that does not come. */
  async waitFor(what: string, isTrue: (pty: this) => boolean): Promise<void> {
    if (isTrue(this)) return;
    let watcher = () => {};
    const came = new Promise<void>((resolve) => {
      watcher = () => isTrue(this) && resolve();
      this.#watchers.add(watcher);
    });
    try {
      await this.#within(came, what);
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  /** The command's exit code; whatever it wrote is on the screen by then. */
  async exit(): Promise<number> {
    const code = await this.#within(this.#exit, 'the end of the command');
    await new Promise<void>((resolve) => this.#terminal.write('', resolve));
    return code;
  }

  /** Takes the terminal away at once, as when its window is closed: reading and writing fail, and SIGHUP comes. */
  hangUp(): void {
    this.#child.kill('SIGKILL');
  }

  /** Changes the size of the terminal; `device` is what `tty` printed in it. */
  resize(columns: number, rows: number, device: string): void {
    this.#terminal.resize(columns, rows);
    spawnSync('stty', ['-F', device, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** Ends the command if it still runs: `script` hangs up the terminal when its own input ends that way. */
  close(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM');
    this.#terminal.dispose();
  }

  #onOutput(text: string): void {
    this.#raw += text;
    this.#terminal.write(text, () => {
      for (const watcher of this.#watchers) watcher();
    });
  }

  async #within<T>(event: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${what} did not come; the screen shows\n${this.rows.join('\n')}`));
      }, overallMs);
    });
    try {
      return await Promise.race([event, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

type BufferLine = NonNullable<ReturnType<InstanceType<typeof xterm.Terminal>['buffer']['active']['getLine']>>;
type Cell = NonNullable<ReturnType<BufferLine['getCell']>>;

/** The styled parts of a row, as in `blue "@bob", bold underline "apple"`. */
function styledRuns(line: BufferLine | undefined): string {
  const runs: { style: string; text: string }[] = [];
  for (let x = 0; x < (line?.length ?? 0); x++) {
    const cell = line?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const last = runs.at(-1);
    if (last?.style === style) last.text += cell.getChars() || ' ';
    else runs.push({ style, text: cell.getChars() || ' ' });
  }
  return runs
    .filter(({ style }) => style !== '')
    .map(({ style, text }) => `${style} "${text}"`)
    .join(', ');
}

const colourNames = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

function styleOf(cell: Cell): string {
  const styles = [
    cell.isBold() ? 'bold' : '',
    cell.isDim() ? 'dim' : '',
    cell.isItalic() ? 'italic' : '',
    cell.isUnderline() ? 'underline' : '',
    cell.isInverse() ? 'inverse' : '',
    cell.isFgDefault() ? '' : (colourNames[cell.getFgColor()] ?? `colour ${cell.getFgColor()}`),
    cell.isBgDefault() ? '' : `on colour ${cell.getBgColor()}`,
  ];
  return styles.filter((style) => style !== '').join(' ');
}

/** `word` as one word of `sh`. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** `rows` without the times in front of the lines that people said. */
export function untimed(rows: readonly string[]): string[] {
  return rows.map((row) => row.replace(/^\d\d:\d\d (?=[@>])/, ''));
}

/** Whether the prompt of `join` says that there is no connection. */
export function isOffline({ rows }: Pick<Pty, 'rows'>): boolean {
  return /^\[(?:offline, next try in \d+ s|connecting)\] >/.test(rows.at(-1) ?? '');
}
