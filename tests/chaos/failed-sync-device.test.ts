import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { forgetMigration } from '../../chaos/nemesis.ts';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import { FailingDisk } from '../support/failing-disk.ts';
import { allEntriesWith } from '../support/log-process.ts';
import { LogRecorder } from '../support/log-recorder.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { startServerProcess } from '../support/server-process.ts';

/** What the disk fails, which is full then. */
const failures = {
  async 'a commit'(disk: FailingDisk, town: Town) {
    disk.fill();
    await town.sayUntilItEnds();
  },
  async 'the last checkpoint'(disk: FailingDisk, town: Town) {
    // There is room in the WAL for what is indexed before, and none in the database for all that is in the WAL.
    disk.fill(96 * 1024);
    assert.equal(await town.end('SIGTERM'), 74);
  },
};

/** What comes after a sync that the kernel itself failed, and a restart. */
const sequels = {
  async 'memory pressure before and after the restart'(disk: FailingDisk, town: Town) {
    evictAll(disk, town.folder);
    await town.start();
    await town.say(20);
    evictAll(disk, town.folder);
    assert.equal(await town.countHeard(), town.acknowledged.length);
    await town.say(20);
    assert.equal(await town.end('SIGTERM'), 0);
    evictAll(disk, town.folder);
    return town.folder;
  },
  async 'memory pressure after the restart'(disk: FailingDisk, town: Town) {
    await town.start();
    await town.say(20);
    evictAll(disk, town.folder);
    assert.equal(await town.end('SIGTERM'), 0);
    evictAll(disk, town.folder);
    return town.folder;
  },
  async 'a migration that the chaos run has repeated'(disk: FailingDisk, town: Town): Promise<string> {
    forgetMigration(town.folder);
    return sequels['memory pressure after the restart'](disk, town);
  },
  async 'a power cut'(disk: FailingDisk, town: Town) {
    await town.start();
    await town.say(20);
    const folder = join(disk.afterPowerCut(), 'data');
    await town.end('SIGKILL');
    return folder;
  },
};

for (const [failure, fail] of Object.entries(failures)) {
  for (const [sequel, play] of Object.entries(sequels)) {
    test(`nothing acknowledged is lost by a failed sync of ${failure}, and ${sequel}`, async (context) => {
      const disk = FailingDisk.make(context);
      if (typeof disk === 'string') return context.skip(disk);
      const town = new Town(context, join(disk.folder, 'data'));
      await town.start();
      await town.say(20);
      await fail(disk, town);
      disk.free();
      const folder = await play(disk, town);
      assert.deepEqual(await lostOf(town.acknowledged, join(folder, 'earshot.db')), []);
    });
  }
}

/** Which of the texts are not in the log, which is whole otherwise. */
async function lostOf(texts: readonly string[], file: string): Promise<string[]> {
  const log = await openSqliteLog({ file, observer: new LogRecorder() });
  const entries = await allEntriesWith(log, '*');
  await log.close();
  const database = new DatabaseSync(file);
  assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  database.close();
  const there = new Set(entries.map(({ message }) => ('text' in message ? message.text : '')));
  return texts.filter((text) => !there.has(text));
}

function evictAll(disk: FailingDisk, folder: string): void {
  for (const name of ['earshot.db', 'earshot.db-wal', 'accounts.db', 'accounts.db-wal'])
    disk.evict(join(folder, name));
}

/** A server, one after the other, on a folder, and somebody who talks to it. */
class Town {
  readonly folder: string;
  readonly acknowledged: string[] = [];
  readonly #test: TestContext;
  #server: Awaited<ReturnType<typeof startServerProcess>> | undefined;
  #alice: ParcelClient | undefined;
  #said = 0;
  #starts = 0;

  constructor(context: TestContext, folder: string) {
    this.#test = context;
    this.folder = folder;
  }

  async start(): Promise<void> {
    const options = ['--data', this.folder, '--message-rate', '0', '--limit', 'messageReserveBytes=0'];
    this.#server = await startServerProcess(this.#test, options);
    // Another name each time: the server keeps a guest's over a planned restart.
    const { client, answer } = await ParcelClient.enter(
      this.#test,
      this.#server,
      `REGISTER alice${++this.#starts}`,
    );
    assert.equal(answer.start, '200 Registered');
    this.#alice = client;
  }

  async say(count: number): Promise<void> {
    for (let at = 0; at < count; at++) assert.ok(await this.#sayOne());
  }

  /** Resolves when the server has ended because its storage failed. */
  async sayUntilItEnds(): Promise<void> {
    assert.ok(this.#server !== undefined);
    const ended = once(this.#server.process, 'close');
    while (await this.#sayOne());
    assert.deepEqual(await ended, [74, null]);
  }

  /** How many messages somebody gets who asks for all. */
  async countHeard(): Promise<number> {
    assert.ok(this.#server !== undefined);
    const { client } = await ParcelClient.enter(this.#test, this.#server, 'REGISTER bob');
    client.send('FOLLOW', { Term: '*', Since: 0 });
    const heard = await client.until('200 Now following');
    return heard.filter(({ start }) => start === 'MESSAGE CHAT/1.1').length;
  }

  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    assert.ok(this.#server !== undefined);
    return this.#server.end(signal);
  }

  /** Whether it was acknowledged. */
  async #sayOne(): Promise<boolean> {
    assert.ok(this.#alice !== undefined);
    const text = `word ${this.#said++} ${'x'.repeat(5_000)}`;
    const answer = await this.#alice.ask('SEND', {}, text);
    if (answer.start !== '200 Sent') return false;
    this.acknowledged.push(text);
    return true;
  }
}
