import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { defaultLimits, type Limits } from '../../src/protocol/limits.ts';
import { LocalFileStore } from '../../src/server/files/local-file-store.ts';
import { UploadQuota, type UploadRefusal } from '../../src/server/files/quota.ts';
import type { UploadPlan, UploadWriter } from '../../src/server/files/resumable-upload.ts';
import { UploadStore } from '../../src/server/files/upload-store.ts';
import type { StoredFile } from '../../src/server/messages/entry.ts';
import { FakeClock } from './fake-clock.ts';
import { LogRecorder } from './log-recorder.ts';
import { MemoryLog } from './memory-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const alice = { name: 'alice', scope: 'account' };
export const sender = { name: 'alice', address: '192.0.2.1', isLoopback: false };
export const plan = (bytes: Uint8Array, more: Partial<UploadPlan> = {}): UploadPlan => ({
  name: 'f',
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  terms: ['apple'],
  ...more,
});

/** An upload store over a real fileStore, and whoever announces its files. */
export class UploadScene {
  readonly clock = new FakeClock();
  readonly folder: string;
  readonly fileStore: LocalFileStore;
  readonly uploads: UploadStore;
  readonly announced: StoredFile[] = [];

  private constructor(folder: string, fileStore: LocalFileStore, limits: Limits) {
    const { clock } = this;
    const logger = pino({ level: 'silent' });
    const log = new MemoryLog(new LogRecorder());
    this.folder = folder;
    this.fileStore = fileStore;
    const quota = new UploadQuota({ log, fileStore, limits, clock, logger });
    this.uploads = new UploadStore({ log, fileStore, quota, limits, clock, logger });
  }

  static async open(context: TestContext, limits: Partial<Limits> = {}): Promise<UploadScene> {
    const folder = await temporaryFolder(context);
    return new UploadScene(folder, await LocalFileStore.open(folder), {
      ...defaultLimits,
      diskReserveBytes: 0,
      ...limits,
    });
  }

  readonly announce = async (file: StoredFile): Promise<{ position: number; reached: number }> => {
    this.announced.push(file);
    return { position: this.announced.length, reached: 1 };
  };

  async begin(bytes: Uint8Array, more?: Partial<UploadPlan>): Promise<UploadWriter> {
    return granted(await this.uploads.begin(alice, plan(bytes, more), sender));
  }

  async bytesOf(file: StoredFile | undefined): Promise<Buffer> {
    const copies: Buffer[] = [];
    for await (const piece of (await this.fileStore.read(file?.id ?? '')) ?? [])
      copies.push(Buffer.from(piece));
    return Buffer.concat(copies);
  }
}

export function granted(answer: UploadWriter | UploadRefusal): UploadWriter {
  assert.ok(!('problem' in answer), JSON.stringify(answer));
  return answer;
}

/** The kind of a refusal; what is none comes back as it is. */
export function kindOf(answer: object | undefined): unknown {
  return answer !== undefined && 'kind' in answer ? answer.kind : answer;
}
