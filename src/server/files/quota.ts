import type { Logger } from 'pino';
import type { Limits } from '../../protocol/limits.ts';
import { AddressTable } from '../../scheduling/address-table.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';
import type { Log } from '../log/log.ts';
import type { FileStore } from './file-store.ts';

/** Room for one upload. Release it when the file's entry is in the log and counts there, or when the upload fails. */
export interface Reservation {
  /**
   * Call it when `bytes` bytes of the file have arrived in total. Returns undefined when they are reserved; otherwise
   * reserves more and resolves, with a refusal when there is no room: then the upload must end.
   */
  cover(bytes: number): Promise<UploadRefusal | undefined> | undefined;
  /** Idempotent. */
  release(): void;
}

/** Room is reserved in these steps as bytes arrive, so that announcing a large file takes no room from others. */
const stepBytes = 4 * 1024 * 1024;

/** Why a file is refused: `problem` is for its sender, `kind` decides whether a later attempt may succeed. */
export interface UploadRefusal {
  /**
   * `too-big`: never accepted. `too-many`: the sender has too many uploads under way. `too-much`: the sender's daily quota
   * is used up. `full`: the disk is full. `unavailable`: the server cannot store files now. `not-found`: there is no such
   * upload, or no more. `conflict`: it contradicts an earlier request.
   */
  readonly kind: 'too-big' | 'too-many' | 'too-much' | 'full' | 'unavailable' | 'not-found' | 'conflict';
  readonly problem: string;
}

/** Whose quotas a file counts against: the user's and the address's, because names are free. */
export interface FileSender {
  readonly name: string;
  /** See `addressGroup`. */
  readonly address: string;
  readonly isLoopback: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;
const dayS = dayMs / 1000;

/** What one address has sent. In memory only: a restart resets it. */
interface FromAddress {
  readonly files: RateLimit;
  readonly bytes: RateLimit;
}

const tooMuchFromAddress: UploadRefusal = {
  kind: 'too-much',
  problem: 'Too many files came from your address today',
};

/**
 * Limits uploads: the size of a file, bytes a day for a user, files and bytes a day for an address, and a reserve of free
 * disk space. Counts a reservation before it checks the limits, so concurrent uploads cannot exceed one together.
 */
export class UploadQuota {
  readonly #log: Log;
  readonly #fileStore: Pick<FileStore, 'freeBytes'>;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #addresses: AddressTable<FromAddress>;
  readonly #reservedBySender = new Map<string, number>();
  #reserved = 0;

  constructor(options: {
    readonly log: Log;
    readonly fileStore: Pick<FileStore, 'freeBytes'>;
    readonly limits: Limits;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#log = options.log;
    this.#fileStore = options.fileStore;
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#logger = options.logger;
    const { clock, limits } = options;
    this.#addresses = new AddressTable(
      limits.loopbackFactor,
      (factor) => {
        const aDay = (most: number): RateLimit => new RateLimit(clock, (most * factor) / dayS, most * factor);
        return {
          files: aDay(limits.attachmentsPerAddressPerDay),
          bytes: aDay(limits.attachmentBytesPerAddressPerDay),
        };
      },
      ({ files, bytes }) => files.isFull && bytes.isFull,
    );
  }

  /** Reserves room for a file of `bytes`, or returns why there is none. */
  async reserve(sender: FileSender, bytes: number): Promise<Reservation | UploadRefusal> {
    if (bytes > this.#limits.attachmentBytes) {
      return { kind: 'too-big', problem: `A file has at most ${this.#limits.attachmentBytes} bytes` };
    }
    const { name, address, isLoopback } = sender;
    const from = this.#addresses.of(address, isLoopback);
    if (from.files.delayMs() > 0) return tooMuchFromAddress;
    from.files.spend();
    let heldBytes = 0;
    let isReleased = false;
    const hold = async (more: number): Promise<UploadRefusal | undefined> => {
      if (from.bytes.delayMs() > 0) return tooMuchFromAddress;
      from.bytes.spend(more);
      heldBytes += more;
      this.#count(name, more);
      return this.#refusal(name, bytes - heldBytes);
    };
    const reservation: Reservation = {
      cover(came) {
        if (isReleased || came <= heldBytes) return undefined;
        const steps = Math.ceil((came - heldBytes) / stepBytes);
        return hold(Math.min(steps * stepBytes, bytes - heldBytes));
      },
      release: () => {
        if (!isReleased) this.#count(name, -heldBytes);
        isReleased = true;
      },
    };
    const refusal = await hold(Math.min(bytes, stepBytes));
    if (refusal === undefined) return reservation;
    reservation.release();
    return refusal;
  }

  /** `further`: bytes of the file that are not reserved yet. */
  async #refusal(sender: string, further: number): Promise<UploadRefusal | undefined> {
    try {
      return await this.#problem(sender, further);
    } catch (error) {
      this.#logger.error({ err: error }, 'the free space for files is unknown');
      return { kind: 'unavailable', problem: 'The server cannot take files now' };
    }
  }

  async #problem(sender: string, further: number): Promise<UploadRefusal | undefined> {
    const reserved = this.#reservedBySender.get(sender) ?? 0;
    const today = await this.#log.attachmentBytesSince(sender, this.#clock.nowMs() - dayMs);
    if (today + reserved + further > this.#limits.attachmentBytesPerDay) {
      const problem = `A user may send ${this.#limits.attachmentBytesPerDay} bytes of files a day`;
      return { kind: 'too-much', problem };
    }
    const free = await this.#fileStore.freeBytes();
    return free - this.#reserved < this.#limits.diskReserveBytes
      ? { kind: 'full', problem: "The server's disk is nearly full" }
      : undefined;
  }

  #count(sender: string, bytes: number): void {
    this.#reserved += bytes;
    const reserved = (this.#reservedBySender.get(sender) ?? 0) + bytes;
    if (reserved === 0) this.#reservedBySender.delete(sender);
    else this.#reservedBySender.set(sender, reserved);
  }
}
