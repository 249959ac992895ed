import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Point } from '../../chaos/plan.ts';
import { ServerProcess } from '../../chaos/server.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const clock = { aheadMs: 0, stepAfterMs: 0, stepMs: 0 };

async function start(
  context: TestContext,
  name: string,
  options: { readonly dataFolder: string; readonly point?: Point; readonly fullMark?: string },
): Promise<{ readonly server: ServerProcess; readonly client: ParcelClient }> {
  const { point: at, ...others } = options;
  const point = at && { name: at, hits: 1 };
  const server = new ServerProcess({ ...others, point, clock });
  context.after(() => server.signal('SIGKILL'));
  const port = await server.port;
  assert.ok(port !== undefined, server.complaints.join('\n'));
  const { client } = await ParcelClient.enter(context, { port }, `REGISTER ${name}`, { Follow: '*' });
  return { server, client };
}

/** The texts in the log of a server that is started on the folder. */
async function textsIn(context: TestContext, dataFolder: string): Promise<string[]> {
  const { server, client } = await start(context, 'ben', { dataFolder });
  client.send('FOLLOW', { Term: 'word', Since: 0 });
  const parcels = await client.until('200 Now following');
  server.signal('SIGKILL');
  return parcels.filter(({ start: first }) => first.startsWith('MESSAGE')).map(({ body }) => body);
}

describe('a server ends itself', { concurrency: 2 }, () => {
  const cases = [
    { point: 'before-commit', isAcknowledged: false, isStored: false },
    { point: 'after-commit', isAcknowledged: false, isStored: true },
    { point: 'after-ack', isAcknowledged: true, isStored: true },
  ] as const;
  for (const { point, isAcknowledged, isStored } of cases) {
    it(point, async (context) => {
      const dataFolder = join(await temporaryFolder(context), 'data');
      const { server, client } = await start(context, 'amy', { dataFolder, point });
      client.send('SEND', {}, 'a word');
      const answer = await client.next().catch(() => undefined);
      assert.equal(answer?.start === '200 Sent', isAcknowledged);
      assert.equal(await server.ended, 'SIGKILL');
      assert.deepEqual(await textsIn(context, dataFolder), isStored ? ['a word'] : []);
    });
  }

  for (const point of ['mid-upload', 'after-rename'] as const) {
    it(point, async (context) => {
      const dataFolder = join(await temporaryFolder(context), 'data');
      const { server, client } = await start(context, 'amy', { dataFolder, point });
      const begun = await client.ask('ATTACH', { Name: 'a', Size: 4, Terms: 'word' });
      client.send(`DATA ${begun.headers.Upload}`, { Offset: 0 }, 'file');
      client.send(`COMMIT ${begun.headers.Upload}`);
      assert.equal(await server.ended, 'SIGKILL');
    });
  }

  it('mid-checkpoint', async (context) => {
    const dataFolder = join(await temporaryFolder(context), 'data');
    const { server, client } = await start(context, 'amy', { dataFolder, point: 'mid-checkpoint' });
    assert.equal((await client.ask('SEND', {}, 'a word')).start, '200 Sent');
    // A checkpoint is the last that a server does.
    server.signal('SIGTERM');
    assert.equal(await server.ended, 'SIGKILL');
    assert.deepEqual(await textsIn(context, dataFolder), ['a word']);
  });

  it('mid-migration', async (context) => {
    const dataFolder = join(await temporaryFolder(context), 'data');
    const server = new ServerProcess({ dataFolder, point: { name: 'mid-migration', hits: 1 }, clock });
    context.after(() => server.signal('SIGKILL'));
    assert.equal(await server.port, undefined);
    assert.equal(await server.ended, 'SIGKILL');
    assert.deepEqual(await textsIn(context, dataFolder), []);
  });
});

it("a server's log finds the disk full while there is the mark", async (context) => {
  const folder = await temporaryFolder(context);
  const fullMark = join(folder, 'full');
  const { client } = await start(context, 'amy', { dataFolder: join(folder, 'data'), fullMark });
  const text = 'x'.repeat(20_000);
  assert.equal((await client.ask('SEND', {}, text)).start, '200 Sent');
  writeFileSync(fullMark, '');
  assert.equal((await client.ask('SEND', {}, text)).start, '507 Storage full');
  rmSync(fullMark);
  assert.equal((await client.ask('SEND', {}, text)).start, '200 Sent');
});
