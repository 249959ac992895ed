import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, systemProblem } from '../client/system-error.ts';
import { type ChatAddress, udpScheme } from '../transport/address.ts';
import { defaultStateFolder } from './state-file.ts';

/** A key as the file has it. */
export interface KnownKey {
  /** 64 hexadecimal digits in lower case. */
  readonly keySha256: string;
  /** The number of its line, from 1. */
  readonly line: number;
}

/**
 * The keys of servers that people have trusted: a text file, one line a server, `host:port sha256=DIGITS`. Empty lines
 * and lines that begin with `#` do not count. Whatever pins a key by its server keeps it here.
 */
export class KnownServers {
  readonly #folder: string | undefined;

  /** Without `folder`: where the environment says, at each use. */
  constructor(folder?: string) {
    this.#folder = folder;
  }

  get path(): string {
    return join(this.#folder ?? defaultStateFolder(process.env), 'known-servers');
  }

  /** Resolves with the key of the server at `address`. Rejects with the reason, for people, when it cannot be read. */
  async keyOf(address: ChatAddress): Promise<KnownKey | undefined> {
    const server = serverOf(address);
    for (const [index, text] of (await this.#lines()).entries()) {
      const [name = '', key = '', ...rest] = text.trim().split(/\s+/);
      if (name.toLowerCase() !== server) continue;
      const [, keySha256] = /^sha256=([0-9a-f]{64})$/i.exec(key) ?? [];
      if (keySha256 === undefined || rest.length > 0) {
        throw new Error(`line ${index + 1} of ${this.path} must be: ${server} sha256= and 64 digits`);
      }
      return { keySha256: keySha256.toLowerCase(), line: index + 1 };
    }
    return undefined;
  }

  /** Adds a line. Resolves with the reason, for people, when that fails. */
  async add(address: ChatAddress, keySha256: string): Promise<string | undefined> {
    try {
      const lines = await this.#lines();
      const begin = (lines.at(-1) ?? '') === '' ? '' : '\n';
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      // One write at the end: two clients at once do not lose each other's line.
      await writeFile(this.path, `${begin}${serverOf(address)} sha256=${keySha256}\n`, {
        flag: 'a',
        mode: 0o600,
      });
      return undefined;
    } catch (error) {
      return systemProblem(error);
    }
  }

  async #lines(): Promise<readonly string[]> {
    try {
      return (await readFile(this.path, 'utf8')).split('\n');
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
      throw new Error(`${this.path} cannot be read: ${systemProblem(error)}`, { cause: error });
    }
  }
}

/**
 * `host:port`, in lower case; IPv6 addresses in brackets. With `chat+udp://` in front over UDP, where a server has
 * another key than over TLS.
 */
export function serverOf({ scheme, host, port }: ChatAddress): string {
  const name = host.toLowerCase();
  const server = name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
  return scheme === udpScheme ? `${scheme}://${server}` : server;
}
