import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Server } from '../../src/server/server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { enter } = ParcelClient;

/** A guest, alice, who follows apple, has sent a text, and is online when the server is shut down. */
async function alicesServer(context: TestContext) {
  const dataFolder = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder });
  const { client, answer } = await enter(context, server, 'REGISTER alice', { Follow: 'apple' });
  const sent = await client.ask('SEND', { Id: 'a' }, 'once');
  const { Token = '', Epoch = '' } = answer.headers;
  const way = { Token, Epoch, Since: sent.headers.Position ?? '' };
  return { dataFolder, server, client, way, file: join(dataFolder, 'guests.json') };
}

const statusOf = async (context: TestContext, server: Server): Promise<string | undefined> =>
  (await (await ParcelClient.connect(context, server)).ask('NAME alice')).headers.Status;

describe('a guest whose server restarts', () => {
  it('comes back in their place, with what they follow, what came meanwhile, and the ids of their texts', async (context) => {
    const { dataFolder, server, way, file } = await alicesServer(context);
    await server.close();
    const kept = await readFile(file, 'utf8');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.ok(!kept.includes(way.Token), 'the file does not hold the token');
    const next = await testServer(context, { dataFolder });
    const { client: bob } = await enter(context, next, 'REGISTER bob');
    assert.equal((await bob.ask('NAME alice')).headers.Status, 'guest');
    await bob.ask('SEND', {}, 'an apple meanwhile');
    await bob.ask('SENDTO alice', {}, 'and a word for her');
    const thief = await ParcelClient.connect(context, next);
    assert.equal((await thief.ask('REGISTER alice')).start, '401 Client already registered');
    const forged = way.Token.slice(0, 16) + 'f'.repeat(48);
    assert.equal((await thief.ask('LOGIN alice', { Token: forged })).start.slice(0, 3), '403');
    const { client: alice, answer } = await enter(context, next, 'LOGIN alice', way);
    assert.equal(answer.headers.Token, way.Token);
    const missed = textsOf(await alice.until('CAUGHT-UP'));
    assert.deepEqual(missed, ['an apple meanwhile', 'and a word for her']);
    assert.equal((await alice.ask('SEND', { Id: 'a' }, 'once')).headers.Position, way.Since);
    assert.equal((await alice.ask('FOLLOWS')).body, 'apple\n@alice\n@all\n');
  });

  it('has a minute from when the server is back', async (context) => {
    const { dataFolder, server } = await alicesServer(context);
    await server.close();
    const clock = new FakeClock();
    const next = await testServer(context, { dataFolder, clock, limits: { accountsPollMs: 1e9 } });
    clock.advance(59_999);
    assert.equal(await statusOf(context, next), 'guest');
    clock.advance(1);
    assert.equal(await statusOf(context, next), 'free');
  });

  it('comes back after two restarts in a row', async (context) => {
    const { dataFolder, server, way } = await alicesServer(context);
    await server.close();
    await (await testServer(context, { dataFolder })).close();
    const last = await testServer(context, { dataFolder });
    assert.equal((await enter(context, last, 'LOGIN alice', way)).answer.start, '200 Logged in');
  });

  it('has no place when they had logged out', async (context) => {
    const { dataFolder, server, client, way } = await alicesServer(context);
    await client.ask('LOGOUT');
    await server.close();
    const next = await testServer(context, { dataFolder });
    assert.equal(await statusOf(context, next), 'free');
    assert.equal((await enter(context, next, 'LOGIN alice', way)).answer.start.slice(0, 3), '403');
  });

  it('all come back from behind one address', async (context) => {
    const dataFolder = await temporaryFolder(context);
    const limits = { guestPlacesPerAddress: 1, loopbackFactor: 1 };
    const server = await testServer(context, { dataFolder, limits });
    for (let i = 0; i < 5; i++) await enter(context, server, `REGISTER guest${i}`);
    await server.close();
    const next = await testServer(context, { dataFolder, limits });
    const asking = await ParcelClient.connect(context, next);
    for (let i = 0; i < 5; i++) assert.equal((await asking.ask(`NAME guest${i}`)).headers.Status, 'guest');
  });

  it('is unknown to a server with another log, or a damaged file', async (context) => {
    const { dataFolder, server, way, file } = await alicesServer(context);
    await server.close();
    const kept = await readFile(file, 'utf8');
    const damages = ['', '{', 'null', '{"key":"00"}', kept.slice(0, -3), kept.replace(way.Epoch, 'another')];
    for (const damaged of damages) {
      await writeFile(file, damaged);
      const next = await testServer(context, { dataFolder });
      assert.equal(await statusOf(context, next), 'free', damaged);
      await next.close();
    }
  });
});

describe('a guest who registers again', () => {
  it('sends nothing twice with their token; nobody else is taken for them', async (context) => {
    const { client, server, way } = await alicesServer(context);
    await client.ask('LOGOUT');
    const { Token } = way;
    const again = await client.ask('REGISTER alice', { Token, Follow: 'pie' });
    assert.deepEqual([again.start, again.headers.Token], ['200 Registered', Token]);
    assert.equal((await client.ask('FOLLOWS')).body, 'pie\n@alice\n@all\n');
    const { Position } = (await client.ask('SEND', { Id: 'a' }, 'once')).headers;
    assert.equal(Position, way.Since);
    assert.equal((await client.ask('HISTORY')).start, '200 End of history', 'history begins anew');
    await client.ask('LOGOUT');
    const forged = Token.slice(0, 16) + 'f'.repeat(48);
    for (const headers of [{}, { Token: forged }, { Token: 'f' }]) {
      const { client: other, answer } = await enter(context, server, 'REGISTER alice', headers);
      assert.equal(answer.start, '200 Registered');
      assert.notEqual(answer.headers.Token?.slice(0, 16), Token.slice(0, 16));
      const sent = await other.ask('SEND', { Id: 'a' }, 'once');
      assert.ok(Number(sent.headers.Position) > Number(way.Since));
      await other.ask('LOGOUT');
    }
    const { answer } = await enter(context, server, 'REGISTER bob', { Token });
    assert.notEqual(answer.headers.Token, Token, 'the token of another name');
  });

  it('does not get into their place that way', async (context) => {
    const { server, way } = await alicesServer(context);
    const { answer } = await enter(context, server, 'REGISTER alice', { Token: way.Token });
    assert.equal(answer.start, '401 Client already registered');
  });
});
