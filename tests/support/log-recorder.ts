import assert from 'node:assert/strict';
import type { BusObserver, Committed, Ticket } from '../../src/server/log/bus.ts';
import type { Log } from '../../src/server/log/log.ts';
import type { Draft, Entry } from '../../src/server/messages/entry.ts';

/** Notes what a log tells, and waits for it. */
export class LogRecorder implements BusObserver {
  readonly groups: (readonly Committed[])[] = [];
  readonly refused: { readonly ticket: Ticket | undefined; readonly reason: 'full' | 'closed' }[] = [];
  readonly failures: Error[] = [];
  /** Called with each group, in the middle of being told. */
  onGroup: (group: readonly Committed[]) => void = () => {};
  /** The same with what was refused. */
  onRefused: (tickets: readonly (Ticket | undefined)[]) => void = () => {};
  #told = Promise.withResolvers<void>();

  onCommit(group: readonly Committed[]): void {
    this.groups.push(group);
    this.onGroup(group);
    this.#wake();
  }

  onRefuse(tickets: readonly (Ticket | undefined)[], reason: 'full' | 'closed'): void {
    for (const ticket of tickets) this.refused.push({ ticket, reason });
    this.onRefused(tickets);
    this.#wake();
  }

  onFailure(error: Error): void {
    this.failures.push(error);
    this.#wake();
  }

  get appended(): Committed[] {
    return this.groups.flat();
  }

  get entries(): Entry[] {
    return this.appended.map(({ entry }) => entry);
  }

  /** Waits until so many appends were answered one way or the other. */
  async untilAnswered(count: number): Promise<void> {
    await this.until(() => this.appended.length + this.refused.length >= count);
  }

  /** Rejects when the log fails meanwhile, as nothing comes after that. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      const [failure] = this.failures;
      if (failure !== undefined) throw failure;
      await this.#told.promise;
    }
  }

  #wake(): void {
    this.#told.resolve();
    this.#told = Promise.withResolvers();
  }
}

/** Appends the drafts and waits until all are committed; their entries. */
export async function appendAll(
  log: Log,
  recorder: LogRecorder,
  drafts: readonly Draft[],
): Promise<readonly Entry[]> {
  const before = recorder.entries.length;
  const answered = before + recorder.refused.length;
  for (const draft of drafts) log.append(draft);
  await recorder.untilAnswered(answered + drafts.length);
  assert.deepEqual(recorder.refused, []);
  return recorder.entries.slice(before);
}

export function textDraft(sender: string, text: string, timeMs = 1_700_000_000_000): Draft {
  return { timeMs, sender, message: { kind: 'text', text } };
}

export function privateDraft(sender: string, to: string, text: string): Draft {
  return { timeMs: 1_700_000_000_000, sender, message: { kind: 'private', to, text } };
}

export function broadcastDraft(sender: string, text: string): Draft {
  return { timeMs: 1_700_000_000_000, sender, message: { kind: 'broadcast', text } };
}

interface AttachmentOptions {
  readonly to?: string;
  readonly id?: string;
  readonly bytes?: number;
  readonly timeMs?: number;
}

export function attachmentDraft(
  sender: string,
  terms: readonly string[],
  { to, id = 'ab'.repeat(16), bytes = 10, timeMs = 1_700_000_000_000 }: AttachmentOptions = {},
): Draft {
  const file = { id, name: 'pie chart.png', bytes, sha256: '0f'.repeat(32) };
  return { timeMs, sender, message: { kind: 'attachment', terms, file, ...(to !== undefined && { to }) } };
}
