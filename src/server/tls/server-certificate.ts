import type { Logger } from 'pino';
import { exitCodes } from '../../exit-codes.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import type { FairTurns } from '../../scheduling/fair-turns.ts';
import { type TlsServer, tlsServer } from '../../transport/tls-server.ts';
import { StartError } from '../start-error.ts';
import {
  type CertificateFiles,
  type LoadedCertificate,
  loadCertificate,
  makeOwnCertificate,
  signatureOf,
} from './certificate-files.ts';

export interface ServerCertificateOptions {
  readonly files: CertificateFiles;
  /** The server makes the files. */
  readonly isOwn: boolean;
  readonly handshakeMs: number;
  readonly clock: Clock;
  /** In which handshakes begin and end. */
  readonly turns: FairTurns;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** How often the files are looked at, in milliseconds. */
const lookMs = 5_000;
const dayMs = 86_400_000;
/** How long before its end the log warns of it. */
const warnDays = 14;

/**
 * The certificate of a running server. It follows its files: new handshakes use what is there now. When that cannot be
 * used, the old one stays in force, and the log says why. Open connections do not notice.
 */
export class ServerCertificate {
  readonly tls: TlsServer;
  readonly #options: ServerCertificateOptions;
  #loaded: LoadedCertificate;
  #signature: string;
  #timer: Timer | undefined;
  #warnedMs = Number.NEGATIVE_INFINITY;

  /** Throws a `StartError` when the files cannot be used. */
  constructor(options: ServerCertificateOptions) {
    const { files, isOwn, handshakeMs, clock, turns } = options;
    this.#options = options;
    try {
      if (isOwn) makeOwnCertificate(files, clock.nowMs());
      this.#signature = signatureOf(files);
      this.#loaded = loadCertificate(files);
    } catch (error) {
      const code = isOwn ? exitCodes.noData : exitCodes.usage;
      throw new StartError(code, `the certificate ${files.cert} cannot be used: ${problemOf(error, files)}`);
    }
    this.tls = tlsServer(() => this.#loaded.context, handshakeMs, clock, turns);
    this.#look();
  }

  get keySha256(): string {
    return this.#loaded.keySha256;
  }

  /** The fragment of an address that names the key, where no authority vouches for it; otherwise empty. */
  get fragment(): string {
    return this.#loaded.isSelfSigned ? `#sha256=${this.#loaded.keySha256}` : '';
  }

  /** The host by which clients must know this server; undefined when any will do. */
  get host(): string | undefined {
    return this.#loaded.isSelfSigned ? undefined : this.#loaded.host;
  }

  /** Reads the files again, whether or not they changed. */
  reload(): void {
    const { files, logger } = this.#options;
    this.#signature = signatureOf(files);
    try {
      this.#loaded = loadCertificate(files);
      this.#warnedMs = Number.NEGATIVE_INFINITY;
      const until = new Date(this.#loaded.validToMs).toISOString();
      logger.info({ keySha256: this.keySha256, until }, 'the TLS certificate was read again');
    } catch (error) {
      logger.warn(
        { certificate: files.cert, reason: problemOf(error, files) },
        'the new TLS certificate cannot be used; the old one stays in force',
      );
    }
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { clock, files } = this.#options;
    if (signatureOf(files) !== this.#signature) this.reload();
    this.#warn();
    this.#timer = clock.after(lookMs, () => this.#look());
  }

  /** Warns once a day of a certificate that clients refuse, or soon will. */
  #warn(): void {
    const { clock, logger } = this.#options;
    const nowMs = clock.nowMs();
    const { validFromMs, validToMs } = this.#loaded;
    const isEarly = nowMs < validFromMs;
    if ((!isEarly && nowMs + warnDays * dayMs < validToMs) || nowMs < this.#warnedMs + dayMs) return;
    this.#warnedMs = nowMs;
    const until = new Date(validToMs).toISOString();
    if (isEarly)
      logger.warn(
        { from: new Date(validFromMs).toISOString() },
        'the TLS certificate is not valid yet, or the clock is wrong',
      );
    else if (validToMs < nowMs) logger.warn({ until }, 'the TLS certificate has expired');
    else logger.warn({ until }, 'the TLS certificate expires');
  }
}

function problemOf(error: unknown, { key }: CertificateFiles): string {
  if (!(error instanceof Error)) return String(error);
  switch ('code' in error ? error.code : '') {
    case 'ENOENT':
      return `there is no file ${'path' in error ? error.path : ''}`;
    case 'EACCES':
      return `this user may not read ${'path' in error ? error.path : ''}`;
    case 'ERR_OSSL_X509_KEY_VALUES_MISMATCH':
      return `${key} is the key of another certificate`;
    case 'ERR_OSSL_PEM_NO_START_LINE':
      return 'one of the files is not in PEM';
    default:
      return error.message;
  }
}
