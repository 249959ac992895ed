import { exitCodes } from '../exit-codes.ts';
import type { Charset } from '../protocol/chat10/charset.ts';
import { parseTermList } from '../protocol/chat10/request.ts';
import { defaultLimits, type LimitName, type Limits } from '../protocol/limits.ts';
import { termProblem } from '../protocol/words.ts';
import { defaultDataFolder } from './data-folder.ts';
import { StartError } from './start-error.ts';

/** What the command line says, options and `EARSHOT_*` variables already one. */
export interface ServeOptions {
  readonly port: number;
  readonly host: string;
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
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
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
  const limits = readLimits(options.limit ?? [], problems);
  if (problems.length > 0) throw new StartError(exitCodes.usage, problems.join('; '));
  return {
    // An empty variable is one that nobody set: listening everywhere has to be asked for.
    host: options.host === '' ? '127.0.0.1' : options.host,
    port: options.port,
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
