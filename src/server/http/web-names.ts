import { isIP } from 'node:net';
import { hostname } from 'node:os';

const usualPorts: ReadonlyMap<string, string> = new Map([
  ['http:', '80'],
  ['https:', '443'],
]);

/** `host` of a URL or of the field `Host`, always with a port; undefined when it is none. */
function hostAndPort(protocol: string, host: string): { name: string; port: string } | undefined {
  if (!URL.canParse(`${protocol}//${host}`) || /[/?#@\\]/.test(host)) return undefined;
  const { hostname: name, port } = new URL(`${protocol}//${host}`);
  return { name, port: port || (usualPorts.get(protocol) ?? '') };
}

/** Reads `--web-origin`; undefined when it is no origin such as `https://chat.example.org`. */
export function parseOrigin(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && usualPorts.has(url.protocol) && /^[^?#@]*$/.test(text);
  return isPlain && url.pathname === '/' && url.host !== '' ? url : undefined;
}

/**
 * The names by which browsers may know this server. A page of another site that has its own name point at this machine
 * (DNS rebinding) sends that name in `Host`, so only names that nobody else can hold are answered: addresses,
 * `localhost`, the name of this machine, that of the certificate, and those of `--web-origin`.
 */
export class WebNames {
  readonly #origins: ReadonlySet<string>;
  readonly #names: ReadonlySet<string>;
  readonly #certified: () => string | undefined;

  /** `certified` returns the name in the certificate. */
  constructor(origins: readonly URL[], certified: () => string | undefined = () => undefined) {
    this.#origins = new Set(origins.map(({ origin }) => origin));
    this.#names = new Set([
      'localhost',
      hostname().toLowerCase(),
      ...origins.map(({ hostname: name }) => name),
    ]);
    this.#certified = certified;
  }

  /** Whether `host`, the header field, is a name of this server. */
  isOwnHost(host: string | undefined): boolean {
    const name = hostAndPort('http:', host ?? '')?.name;
    if (name === undefined) return false;
    const isAddress = isIP(name.startsWith('[') ? name.slice(1, -1) : name) > 0;
    return isAddress || this.#names.has(name) || name === this.#certified()?.toLowerCase();
  }

  /**
   * Whether a page of `origin` may open a WebSocket here: one that this server itself sent, under the name in `host`. A
   * program that is no browser sends no origin; it could send any.
   */
  isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.#origins.has(origin)) return true;
    const url = parseOrigin(origin);
    if (url === undefined || !this.isOwnHost(host)) return false;
    const asked = hostAndPort(url.protocol, host ?? '');
    return url.hostname === asked?.name && (url.port || usualPorts.get(url.protocol)) === asked.port;
  }
}
