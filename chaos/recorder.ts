import type { Fault, FollowChange, Got, History, Reading, Send } from './history.ts';

/** What a client needs to know to send and to be written down. */
export interface Sending extends Omit<Send, 'id' | 'beganMs' | 'outcome'> {}

/** A reading to which things are added. */
export interface OpenReading extends Omit<Reading, 'got' | 'gaps'> {
  readonly got: Got[];
  readonly gaps: { from: number; to: number }[];
  resets: number;
  isComplete: boolean;
}

/** Writes down what happens. */
export class Recorder {
  readonly sends: Send[] = [];
  readonly follows: FollowChange[] = [];
  readonly readings: OpenReading[] = [];
  readonly faults: Fault[] = [];
  acknowledged = 0;
  received = 0;
  readonly #counts = new Map<string, number>();
  #recovering: { readonly faults: readonly Fault[]; readonly sinceMs: number } | undefined;

  get nowMs(): number {
    return performance.now();
  }

  send(sending: Sending): Send {
    const number = (this.#counts.get(sending.device) ?? 0) + 1;
    this.#counts.set(sending.device, number);
    const send = { ...sending, id: idOf(sending.device, number), beganMs: this.nowMs };
    this.sends.push(send);
    return send;
  }

  /** Whether the device has sent the message of that id. */
  isOf(id: string, device: string): boolean {
    return id.startsWith(idOf(device, ''));
  }

  stored(send: Send, position: number | undefined): void {
    send.outcome = { kind: 'stored', atMs: this.nowMs, position };
    this.acknowledged++;
    if (this.#recovering === undefined) return;
    const recoveryMs = this.nowMs - this.#recovering.sinceMs;
    for (const fault of this.#recovering.faults) fault.recoveryMs = recoveryMs;
    this.#recovering = undefined;
  }

  refused(send: Send, why: string): void {
    send.outcome = { kind: 'refused', atMs: this.nowMs, why };
  }

  follow(user: string, term: string, isFollow: boolean): FollowChange {
    const change = { user, term, isFollow, beganMs: this.nowMs };
    this.follows.push(change);
    return change;
  }

  reading(of: Pick<Reading, 'device' | 'user' | 'wire' | 'kind' | 'after'>): OpenReading {
    const reading = { ...of, beganMs: this.nowMs, got: [], gaps: [], resets: 0, isComplete: false };
    this.readings.push(reading);
    return reading;
  }

  got(reading: OpenReading, got: Omit<Got, 'atMs'>): void {
    reading.got.push({ ...got, atMs: this.nowMs });
    if (reading.kind === 'live') this.received++;
  }

  fault(name: string): Fault {
    const fault = { name, atMs: this.nowMs };
    this.faults.push(fault);
    return fault;
  }

  /** A server is started after these faults; they are over when something is acknowledged. */
  recovers(faults: readonly Fault[]): void {
    this.#recovering = { faults, sinceMs: this.nowMs };
  }

  history(end: Pick<History, 'stored' | 'prunedThrough' | 'damage' | 'isSettled'>): History {
    const { sends, follows, readings, faults } = this;
    return { sends, follows, readings, faults, ...end };
  }
}

const idOf = (device: string, number: number | ''): string => `x${device.replaceAll('-', '')}x${number}`;

const idWord = /^x[a-z0-9]+x[0-9]+$/;

/** The id in a text, which is its last word: or the whole text, when that is none of ours. */
export function idIn(text: string): string {
  const word = text.slice(text.lastIndexOf(' ') + 1);
  return idWord.test(word) ? word : text.slice(0, 80);
}

export const isId = (word: string): boolean => idWord.test(word);
