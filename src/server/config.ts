import { exitCodes } from '../exit-codes.ts';
import type { Charset } from '../protocol/chat10/charset.ts';
import { parseTermList } from '../protocol/commands/term-list.ts';
import { defaultLimits, type LimitName, type Limits } from '../protocol/limits.ts';
import { termProblem } from '../protocol/terms.ts';
import { type ChatAddress, parseListenAddress, udpScheme } from '../transport/address.ts';
import { listenProblem } from '../transport/listen.ts';
import { defaultDataFolder } from './data-folder.ts';
import { builtSite } from './http/site.ts';
import { parseOrigin } from './http/web-names.ts';
import { StartError } from './start-error.ts';
import type { CertificateFiles } from './tls/certificate-files.ts';

/** The options of the command line, merged with the `EARSHOT_*` variables. */
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
  readonly tls: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly udp: 'yes' | 'no' | false;
  readonly acceptLoss?: boolean;
  readonly limit?: readonly string[];
  readonly metricsTokenFile?: string;
  readonly web: 'yes' | 'no' | false;
  readonly webOrigin?: readonly string[];
  readonly logLevel: string;
  readonly logFormat?: string;
}

/** All settings of a server; they do not change while it runs. */
export interface ServerConfig {
  /** Addresses to listen on, at least one over TCP; port 0 lets the system choose. */
  readonly listen: readonly ChatAddress[];
  /** Whether the first address takes the port of the last start again, because nobody named one. */
  readonly keepsPort: boolean;
  readonly dataFolder: string;
  /** What a new user follows unless they name terms. */
  readonly defaultFollow: readonly string[];
  readonly chat10Charset: Charset;
  /** The steady rate limit of a user, in messages a second; 0 is no limit. */
  readonly messageRate: number;
  /** Retention: days that messages are kept, and files at most. Undefined keeps messages forever. */
  readonly retainDays?: number;
  /** Whether passwords may come over plain text from other machines. */
  readonly insecurePasswords: boolean;
  /** The files of a certificate, or the server's own one. Undefined: no TLS. */
  readonly tls?: CertificateFiles | 'own';
  /** Whether each TCP address is listened on over UDP as well. */
  readonly udp: boolean;
  /** Whether to start when the log has messages but the accounts are missing. */
  readonly acceptLoss: boolean;
  /** Holds the bearer token that lets programs on other machines read the metrics. */
  readonly metricsTokenFile?: string;
  /** The chat in a browser; undefined: none. */
  readonly web?: WebConfig;
  readonly limits: Limits;
}

export interface WebConfig {
  /** Of pages that may connect, besides those that this server sends: where a reverse proxy shows them. */
  readonly origins: readonly URL[];
  /** Holds the built page. */
  readonly folder: string;
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
  const tls = readTls(options, problems);
  const web = readWeb(options, problems);
  if (problems.length > 0) throw new StartError(exitCodes.usage, problems.join('; '));
  return {
    ...listen,
    dataFolder: options.data || defaultDataFolder(environment),
    defaultFollow,
    chat10Charset: options.chat10Charset === 'utf-8' ? 'utf-8' : 'ascii',
    messageRate: options.messageRate,
    ...(options.retain !== undefined && { retainDays: options.retain }),
    insecurePasswords: options.insecurePasswords === 'yes',
    ...(tls !== undefined && { tls }),
    udp: options.udp === 'yes',
    acceptLoss: options.acceptLoss === true,
    ...(options.metricsTokenFile && { metricsTokenFile: options.metricsTokenFile }),
    ...(web !== undefined && { web }),
    limits,
  };
}

/** `--host` and `--port` make one address; it is left out when only `--listen` is given. */
function readListen(options: ServeOptions, problems: string[]): Pick<ServerConfig, 'listen' | 'keepsPort'> {
  const listed: ChatAddress[] = [];
  for (const text of options.listen ?? []) {
    // An empty variable counts as unset, here and below: nobody listens on all addresses by accident.
    if (text === '') continue;
    const parsed = parseListenAddress(text);
    const problem = parsed.ok ? listenProblem(parsed.address) : parsed.problem;
    if (problem !== undefined) problems.push(`--listen ${text}: ${problem}`);
    if (!parsed.ok) continue;
    listed.push(parsed.address);
    if (parsed.address.scheme === udpScheme && options.udp !== 'yes')
      problems.push(`--listen ${text}: --no-udp says not to listen over UDP`);
  }
  const host = options.host || undefined;
  const { port } = options;
  // A page for browsers, health and clients of others need one over TCP.
  if (listed.some(({ scheme }) => scheme === undefined) && host === undefined && port === undefined) {
    return { listen: listed, keepsPort: false };
  }
  const first = { host: host ?? '127.0.0.1', port: port ?? 0 };
  return { listen: [first, ...listed], keepsPort: port === undefined };
}

function readTls(
  { tls, tlsCert, tlsKey }: ServeOptions,
  problems: string[],
): CertificateFiles | 'own' | undefined {
  const cert = tlsCert || undefined;
  const key = tlsKey || undefined;
  if (cert === undefined && key === undefined) return tls === 'yes' ? 'own' : undefined;
  if (tls === 'yes')
    problems.push('--tls makes a certificate; leave it out with the files of another: --tls-cert, --tls-key');
  if (cert !== undefined && key !== undefined) return { cert, key };
  problems.push(cert === undefined ? '--tls-key needs --tls-cert' : '--tls-cert needs --tls-key');
  return undefined;
}

function readWeb({ web, webOrigin }: ServeOptions, problems: string[]): WebConfig | undefined {
  const origins: URL[] = [];
  for (const text of webOrigin ?? []) {
    const origin = text === '' ? undefined : parseOrigin(text);
    if (origin !== undefined) origins.push(origin);
    else if (text !== '')
      problems.push(`--web-origin ${text}: an origin looks like https://chat.example.org, without a path`);
  }
  return web === 'yes' ? { origins, folder: builtSite } : undefined;
}

/** The maximum delay of a timer in Node: one with a longer delay fires at once. */
const maxTimerMs = 2 ** 31 - 1;

/** Minimum values, below which hashing a password or a shutdown cannot work. */
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
        `--limit ${change}: it is none of the limits that can be changed (docs/operating.md lists them)`,
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
