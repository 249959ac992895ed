import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import type { Entry } from '../../src/server/messages/entry.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const rounds = 4;

test('whatever the server delivered before it was killed is in the log, and positions go on growing', async (context) => {
  const folder = await temporaryFolder(context);
  const delivered = new Set<string>();
  let newest = 0;
  let epoch: string | undefined;
  for (let round = 0; round < rounds; round++) {
    const server = await startServerProcess(context, ['--data', folder, '--message-rate', '0']);
    const killAfter = randomInt(200, 4000);
    context.diagnostic(`round ${round}: killed when a reader has got ${killAfter} messages`);
    for (const line of await loadUntilKilled(context, server, round, killAfter)) delivered.add(line);
    const { entries, ...log } = await everythingIn(folder);
    const stored = new Set(entries.map(lineOf));
    for (const line of delivered) assert.ok(stored.has(line), `delivered and not in the log: ${line}`);
    assert.equal(stored.size, entries.length, 'nothing is stored twice');
    const positions = entries.map(({ position }) => position);
    assert.ok(positions.every((position, index) => position > (positions[index - 1] ?? 0)));
    assert.ok(log.head > newest, 'positions go on growing');
    assert.equal(log.epoch, epoch ?? log.epoch);
    newest = log.head;
    epoch = log.epoch;
  }
});

/** Three senders and two readers, until one reader has got `killAfter` lines; then SIGKILL. All that was delivered. */
async function loadUntilKilled(
  context: TestContext,
  server: ServerProcess,
  round: number,
  killAfter: number,
): Promise<string[]> {
  const readers = await Promise.all(['x', 'y'].map((name) => WireClient.register(context, server, name)));
  const senders = await Promise.all(
    ['a', 'b', 'c'].map((name) => WireClient.register(context, server, name)),
  );
  for (const [index, sender] of senders.entries()) {
    for (let i = 0; i < 2000; i++) sender.send(`round ${round} sender ${index} message ${i} @all\n`);
  }
  const got = await readers[0]?.lines(killAfter);
  await server.end('SIGKILL');
  const rest = await Promise.all(readers.map((reader) => reader.rest()));
  // A last line without its end was not delivered.
  const lines = rest.flatMap((text) => text.split('\n').slice(0, -1));
  return [...(got ?? []), ...lines].filter((line) => line.endsWith('@all'));
}

async function everythingIn(folder: string): Promise<{ epoch: string; head: number; entries: Entry[] }> {
  const log = await openSqliteLog({
    file: join(folder, 'earshot.db'),
    observer: { onCommit() {}, onRefuse() {}, onFailure: (error) => assert.fail(error) },
  });
  const entries: Entry[] = [];
  for (let after = 0; after < log.head; ) {
    const spans = [{ key: '@all', after: 0, through: Number.POSITIVE_INFINITY }];
    const page = await log.read({ spans, after, pick: 'oldest', limit: 1000, maxBytes: 1_000_000 });
    entries.push(...page.entries);
    after = page.through;
  }
  const { epoch, head } = log;
  await log.close();
  return { epoch, head, entries };
}

function lineOf({ sender, message }: Entry): string {
  return `@${sender}: ${message.kind === 'attachment' ? '' : message.text}`;
}
