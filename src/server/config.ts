import { exitCodes } from '../exit-codes.ts';
import type { Charset } from '../protocol/chat10/charset.ts';
import { parseTermList } from '../protocol/commands/term-list.ts';
import { defaultLimits, type LimitName, type Limits } from '../protocol/limits.ts';
import { termProblem } from '../protocol/words.ts';
import { type ChatAddress, parseListenAddress } from '../transport/address.ts';
import { listenProblem } from '../transport/listen.ts';
import { defaultDataFolder } from './data-folder.ts';
import { StartError } from './start-error.ts';

/** What the command line says, options and `EARSHOT_*` variables already one. */
export interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  readonly listen?: readonly string[];
  readonly data?: string;
  readonly defaultFollow: string;
  readonly chat10Charset: string;
  readonly messageRate: number;
  readonly retain?: number;
  readonly insecurePasswords: string;
  readonly acceptLoss?: boolean;
  readonly limit?: readonly string[];
  readonly logLevel: string;
}

/** Everything a server can be told; nothing in it changes once it runs. */
export interface ServerConfig {
  /** Where it listens, one address at least; port 0 lets the system choose. */
  readonly listen: readonly ChatAddress[];
  readonly dataFolder: string;
  /** The terms of a newcomer who names none. */
  readonly defaultFollow: readonly string[];
  readonly chat10Charset: Charset;
  /** Messages a second that a user may go on sending; 0 is no limit. */
  readonly messageRate: number;
  /** Days that messages are kept, and files at the most; without it messages are kept for ever. */
  readonly retainDays?: number;
  /** Whether passwords may come over plain text from other machines. */
  readonly insecurePasswords: boolean;
  /** Whether to start without the accounts of a log that has messages. */
  readonly acceptLoss: boolean;
  readonly limits: Limits;
}

/** Throws a `StartError` that names every mistake. */
export function readConfig(options: ServeOptions, environment: NodeJS.ProcessEnv): ServerConfig {
  const problems: string[] = [];
  const defaultFollow = parseTermList(options.defaultFollow);
  for (const term of defaultFollow) {
    const problem = termProblem(term);
    if (problem !== undefined) problems.push(`--default-follow ${term}: ${problem}`);
  }
  const listen = readListen(options, problems);
  const limits = readLimits(options.limit ?? [], problems);
  if (problems.length > 0) throw new StartError(exitCodes.usage, problems.join('; '));
  return {
    listen,
    dataFolder: options.data || defaultDataFolder(environment),
    defaultFollow,
    chat10Charset: options.chat10Charset === 'utf-8' ? 'utf-8' : 'ascii',
    messageRate: options.messageRate,
    ...(options.retain !== undefined && { retainDays: options.retain }),
    insecurePasswords: options.insecurePasswords === 'yes',
    acceptLoss: options.acceptLoss === true,
    limits,
  };
}

/** `--host` and `--port` are one address, which is there unless only others were asked for. */
function readListen(options: ServeOptions, problems: string[]): readonly ChatAddress[] {
  const listed: ChatAddress[] = [];
  for (const text of options.listen ?? []) {
    // An empty variable is one that nobody set, here and below: listening everywhere has to be asked for.
    if (text === '') continue;
    const parsed = parseListenAddress(text);
    const problem = parsed.ok ? listenProblem(parsed.address) : parsed.problem;
    if (problem !== undefined) problems.push(`--listen ${text}: ${problem}`);
    if (parsed.ok) listed.push(parsed.address);
  }
  const host = options.host || undefined;
  const { port } = options;
  if (listed.length > 0 && host === undefined && port === undefined) return listed;
  return [{ host: host ?? '127.0.0.1', port: port ?? 0 }, ...listed];
}

/** A timer of Node's takes no more, and one that is asked for more is over at once. */
const maxTimerMs = 2 ** 31 - 1;

/** What argon2id, and whoever waits for it or for the server's end, cannot do without. */
const least: { readonly [name in LimitName]?: number } = {
  shutdownMs: 2_000,
  passwordHashKiB: 8,
  passwordHashPasses: 1,
  passwordHashes: 1,
};

function readLimits(changes: readonly string[], problems: string[]): Limits {
  const limits: { [name in LimitName]: number } = { ...defaultLimits };
  for (const change of changes) {
    const [, name, digits] = /^([A-Za-z]+)=([0-9]{1,15})$/.exec(change.trim()) ?? [];
    if (name === undefined || digits === undefined) {
      problems.push(`--limit ${change}: it must look like name=number`);
    } else if (!isLimitName(name)) {
      problems.push(
        `--limit ${change}: that is none of the limits that can be changed (docs/operating.md lists them)`,
      );
    } else if (name.endsWith('Ms') && Number(digits) > maxTimerMs) {
      problems.push(`--limit ${change}: it is at most ${maxTimerMs}`);
    } else if (Number(digits) < (least[name] ?? 0)) {
      problems.push(`--limit ${change}: it must be at least ${least[name]}`);
    } else {
      limits[name] = Number(digits);
    }
  }
  return limits;
}

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(defaultLimits, name);
}
