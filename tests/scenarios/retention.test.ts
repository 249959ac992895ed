import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { appendAll, LogRecorder, textDraft } from '../support/log-recorder.ts';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const dayMs = 24 * 60 * 60 * 1000;

for (const retainDays of [7, undefined]) {
  test(`messages and files of ten days, kept for ${retainDays ?? 'ever'}`, async (context) => {
    const dataFolder = await temporaryFolder(context);
    const file = join(dataFolder, 'earshot.db');
    const recorder = new LogRecorder();
    const log = await openSqliteLog({ file, observer: recorder });
    const ages = [10, 9, 1];
    await appendAll(
      log,
      recorder,
      ages.map((days) => textDraft('alice', `said ${days} days ago`, Date.now() - days * dayMs)),
    );
    await log.close();
    const spool = join(dataFolder, 'attachments');
    await mkdir(spool, { mode: 0o700 });
    for (const [name, days] of [
      ['a'.repeat(32), 10],
      ['b'.repeat(32), 1],
    ] as const) {
      await writeFile(join(spool, name), 'bytes');
      await utimes(join(spool, name), new Date(), new Date(Date.now() - days * dayMs));
    }
    const lines: string[] = [];
    const told = Promise.withResolvers<void>();
    const server = await testServer(context, {
      // This log was written without a server.
      acceptLoss: true,
      dataFolder,
      ...(retainDays !== undefined && { retainDays }),
      onLogLine(line) {
        lines.push(JSON.parse(line).msg);
        if (lines.filter((each) => each.startsWith('old ')).length === 2) told.resolve();
      },
    });
    if (retainDays !== undefined) await told.promise;
    await server.close();
    const again = await openSqliteLog({ file, observer: new LogRecorder() });
    const spans = [{ key: '*', after: 0, through: Number.POSITIVE_INFINITY }];
    const page = await again.read({ spans, after: 0, pick: 'oldest', limit: 10, maxBytes: 10_000 });
    await again.close();
    const isForEver = retainDays === undefined;
    assert.equal(again.prunedThrough, isForEver ? 0 : 2);
    assert.deepEqual(page.entries, isForEver ? recorder.entries : recorder.entries.slice(2));
    assert.equal((await readdir(spool)).length, isForEver ? 2 : 1);
  });
}

test('who comes back for what was removed, or asks for it, is told what is missing', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const recorder = new LogRecorder();
  const log = await openSqliteLog({ file: join(dataFolder, 'earshot.db'), observer: recorder });
  const drafts = [10, 9, 1].map((days) => textDraft('bob', `@alice ${days}`, Date.now() - days * dayMs));
  await appendAll(log, recorder, drafts);
  await log.close();
  const removed = Promise.withResolvers<void>();
  const server = await testServer(context, {
    dataFolder,
    accounts: { alice: 'correct horse' },
    retainDays: 7,
    onLogLine: (line) => JSON.parse(line).msg === 'old messages removed' && removed.resolve(),
  });
  await removed.promise;
  const headers = { Password: 'correct horse', Since: 0, Epoch: log.epoch };
  const { client } = await ParcelClient.enter(context, server, 'LOGIN alice', headers);
  const missed = await client.until('CAUGHT-UP');
  assert.deepEqual(missed[0], { start: 'GAP CHAT/1.1', headers: { From: '1', To: '2' }, body: '' });
  assert.deepEqual(textsOf(missed), ['@alice 1']);
  const { client: guest } = await ParcelClient.enter(context, server, 'REGISTER carol');
  // It was gone before they came, and is nothing to them.
  for (const range of [{}, { Match: '@alice' }]) {
    assert.equal((await guest.ask('HISTORY', range)).start, '200 End of history', JSON.stringify(range));
  }
  for (const [range, isGapTold] of [
    [{}, true],
    [{ After: 0 }, true],
    [{ After: 0, Limit: 1 }, true],
    [{ After: 1 }, true],
    [{ After: 2 }, false],
    [{ Limit: 1 }, false],
  ] as const) {
    client.send('HISTORY', range);
    const parcels = await client.until('200 End');
    assert.equal(parcels[0]?.start === 'GAP CHAT/1.1', isGapTold, JSON.stringify(range));
    assert.deepEqual(textsOf(parcels), ['@alice 1']);
  }
});

test('what is removed while somebody catches up is told as well: no position is passed over in silence', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const recorder = new LogRecorder();
  const log = await openSqliteLog({ file: join(dataFolder, 'earshot.db'), observer: recorder });
  const count = 300;
  const text = `@alice ${'x'.repeat(60_000)}`;
  const drafts = Array.from({ length: count }, () => textDraft('bob', text, 0));
  await appendAll(log, recorder, drafts);
  await log.close();
  const clock = new FakeClock();
  let isRemoved = false;
  const server = await testServer(context, {
    dataFolder,
    clock,
    accounts: { alice: 'correct horse' },
    retainDays: 7,
    limits: { lagStallMs: 1e12, silenceMs: 1e12, accountsPollMs: 1e12 },
    onLogLine(line) {
      isRemoved ||= JSON.parse(line).msg === 'old messages removed';
    },
  });
  const headers = { Password: 'correct horse', Since: 0, Epoch: log.epoch };
  const { client } = await ParcelClient.enter(context, server, 'LOGIN alice', headers);
  const seen = [Number((await client.next()).headers.Position)];
  client.wire.freeze();
  clock.jump(30 * dayMs);
  while (!isRemoved) {
    await new Promise(setImmediate);
    if (clock.isAwaitedWithin(dayMs / 24)) clock.advance(dayMs / 24);
  }
  client.wire.thaw();
  let isGapTold = false;
  for (const { start, headers: got } of await client.until('CAUGHT-UP')) {
    if (start === 'MESSAGE CHAT/1.1') seen.push(Number(got.Position));
    if (start !== 'GAP CHAT/1.1') continue;
    isGapTold = true;
    for (let at = Number(got.From); at <= Number(got.To); at++) seen.push(at);
  }
  assert.ok(isGapTold);
  assert.deepEqual(
    seen,
    Array.from({ length: count }, (_, index) => index + 1),
  );
});

test('a wrong clock removes nothing, however often the server starts, until it has run an hour by it', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const file = join(dataFolder, 'earshot.db');
  const clock = new FakeClock();
  const recorder = new LogRecorder();
  const log = await openSqliteLog({ file, observer: recorder });
  await appendAll(log, recorder, [textDraft('alice', 'young', clock.nowMs())]);
  await log.close();
  const warnings: number[] = [];
  const removed = Promise.withResolvers<void>();
  const start = () =>
    testServer(context, {
      acceptLoss: true,
      dataFolder,
      clock,
      retainDays: 30,
      limits: { accountsPollMs: 1e12 },
      onLogLine(line) {
        const { msg, aheadDays } = JSON.parse(line);
        if (aheadDays !== undefined) warnings.push(aheadDays);
        if (msg === 'old messages removed') removed.resolve();
      },
    });
  await (await start()).close();
  clock.setWall(clock.nowMs() + 60 * dayMs);
  for (const starts of [1, 2, 3]) {
    const server = await start();
    assert.deepEqual(warnings, Array(starts).fill(60));
    clock.advance(dayMs / 24 - 60_000);
    await server.close();
  }
  const kept = await openSqliteLog({ file, observer: new LogRecorder() });
  assert.equal(kept.prunedThrough, 0);
  await kept.close();
  // The server had indeed been off for so long.
  const server = await start();
  clock.advance(dayMs / 24);
  await removed.promise;
  await server.close();
  await (await start()).close();
  assert.equal(warnings.length, 4, 'the clock is trusted from then on');
});
