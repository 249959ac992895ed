import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, connect, online } from '../../src/library.ts';
import { closing, next } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { admin } from '../support/operator.ts';
import { goodbye, operatorScene, password } from '../support/operator-scene.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

test('a ban holds over every protocol, for accounts, and after a restart, until it is lifted', async (context) => {
  const { server, data, ask, chat10, guest, run } = await operatorScene(context);
  const alice = await ParcelClient.enter(context, server, 'LOGIN alice', { Password: password });
  const bob = await guest('bob');
  for (const name of ['alice', 'bob', 'dora']) await run('ban', name, 'spam', '--for', '2h');
  const refusal = /^This name is banned until [0-9-]{10} [0-9:]{5} UTC: spam$/;
  assert.match((await goodbye(bob)).Reason ?? '', refusal);
  await goodbye(alice.client);
  const refused = new RegExp(refusal.source.replace('^', '^423 '));
  const token = alice.answer.headers.Token;
  const held = async () => {
    assert.match((await ask('REGISTER bob')).start, refused);
    assert.match((await ask('REGISTER dora', { Password: password })).start, refused);
    assert.match((await ask('LOGIN alice', { Password: password })).start, refused);
    assert.match((await ask('LOGIN alice', { Token: token })).start, refused);
    assert.match(await chat10('REGISTER bob CHAT/1.0'), /^423 This name is banned until .*: spam$/);
    assert.match(
      await chat10(`REGISTER alice CHAT/1.0\nPassword: ${password}\n`),
      /^423 This name is banned until/,
    );
    const dora = await WireClient.connect(context, server);
    dora.send('login dora\n');
    const [answer, why = ''] = await dora.lines(2);
    assert.equal(answer, 'RESPONSE failure');
    assert.match(why, /^SENDTO server This name is banned until .* UTC: spam$/);
    assert.equal(await dora.ask('list'), 'LIST');
  };
  await held();
  assert.match((await ask('LOGIN alice', { Password: 'wrong password' })).start, /^403 /);
  assert.match(await run('bans'), /^bob .*spam$/m);
  await server.close();
  const again = await testServer(context, { dataFolder: data });
  const still = await ParcelClient.enter(context, again, 'REGISTER bob');
  assert.match(still.answer.start, refused);
  await run('unban', 'bob');
  assert.equal((await still.client.ask('REGISTER bob')).start, '200 Registered');
  assert.equal((await admin(data, 'unban', 'bob')).exitCode, 67);
});

test('a ban of addresses ends their connections, and refuses new ones in the words of each protocol', async (context) => {
  const { data, server, ask, chat10, guest, run } = await operatorScene(context);
  const bob = await guest('bob');
  assert.match(
    await run('ban', '127.0.0.0/8', 'no more'),
    /^127\.0\.0\.0\/8 is banned for ever; 1 connection ended/,
  );
  await goodbye(bob);
  assert.equal((await ask('LIST')).start, '423 This address is banned: no more');
  assert.equal(await chat10('REGISTER carol CHAT/1.0'), '423 This address is banned: no more');
  const dora = await WireClient.connect(context, server);
  dora.send('list\nlogin dora\n');
  assert.equal(await dora.rest(), 'RESPONSE failure\nSENDTO server This address is banned: no more\n');
  await assert.rejects(connect(`chat://127.0.0.1:${server.port}`, { name: 'carol' }), {
    reason: 'refused',
    message: 'the server refused carol: This address is banned: no more (423)',
    code: 423,
  });
  await assert.rejects(online(`chat://127.0.0.1:${server.port}`), {
    reason: 'refused',
    message: 'the server refused: This address is banned: no more (423)',
    code: 423,
  });
  for (const wrong of ['10.0.0.0/2', 'not a name', '1.2.3.4/x'])
    assert.equal((await admin(data, 'ban', wrong)).exitCode, 64, wrong);
  assert.equal((await admin(data, 'ban', 'eve', '--for', 'ever')).exitCode, 64);
  await run('unban', '127.0.0.0/8');
  await guest('bob');
});

test('unban says which wider ban still keeps an address out', async (context) => {
  const { data, run } = await operatorScene(context);
  for (const subject of ['192.0.2.7', '192.0.2.0/24', '192.0.2.7/31', '2001:db8::1', '192.0.2.9'])
    await run('ban', subject);
  await run('unban', '192.0.2.6/31');
  assert.equal(
    await run('unban', '192.0.2.7'),
    '192.0.2.7 is no longer banned by itself, but 192.0.2.0/24 still is.\n',
  );
  assert.deepEqual(await admin(data, 'unban', '192.0.2.7'), {
    exitCode: 67,
    stdout: '',
    stderr: 'earshot: 192.0.2.7 is not banned by itself, but 192.0.2.0/24 is\n',
  });
  assert.equal(await run('unban', '192.0.2.0/24'), '192.0.2.0/24 is no longer banned.\n');
  assert.match((await admin(data, 'unban', '192.0.2.7')).stderr, /^earshot: 192\.0\.2\.7 is not banned$/m);
  assert.equal(await run('unban', '2001:db8::1'), '2001:db8::1 is no longer banned.\n');
});

test('of several bans of an address, the one that holds longest is told', async (context) => {
  const { ask, run } = await operatorScene(context);
  await run('ban', '127.0.0.1', 'an hour', '--for', '1h');
  await run('ban', '127.0.0.0/8', 'a day', '--for', '1d');
  assert.match((await ask('LIST')).start, /^423 This address is banned until .*: a day$/);
});

test('an IPv4 address is one, also where the server listens for IPv6', async (context) => {
  const { server, logged, run } = await operatorScene(context, { host: '::', udp: true });
  const keySha256 = /udp:.*sha256=([0-9a-f]{64})/.exec(server.joinAddresses.join(' '))?.[1];
  const over = {
    tcp: `chat://127.0.0.1:${server.port}`,
    udp: `chat+udp://127.0.0.1:${server.port}#sha256=${keySha256}`,
  };
  const clients: Client[] = [];
  for (const [name, address] of Object.entries(over))
    clients.push(
      closing(context, await connect(address, { name, password, account: 'create', stateFolder: false })),
    );
  const { connections } = JSON.parse(await run('who', '--json'));
  assert.deepEqual(
    connections.map(({ name, address }: Record<string, unknown>) => [name, address]),
    [
      ['tcp', '127.0.0.1'],
      ['udp', '127.0.0.1'],
    ],
  );
  assert.match(await run('accounts'), /^udp .* 127\.0\.0\.1 /m);
  const closed = Promise.all(clients.map((client) => next(client, 'closed')));
  assert.match(
    await run('ban', '127.0.0.1', 'spam'),
    /^127\.0\.0\.1 is banned for ever; 2 connections ended/,
  );
  for (const { why } of await closed) assert.equal(why, 'This address is banned: spam');
  assert.ok(logged.some((line) => line.includes('"peer":"127.0.0.1"')));
  assert.ok(!logged.some((line) => line.includes('::ffff:')));
});

test('a client whose address is banned while it is away does not come back', async (context) => {
  const { server, run } = await operatorScene(context);
  const proxy = await CuttingProxy.open(context, server.port);
  const bob = closing(context, await connect(`chat://127.0.0.1:${proxy.port}`, { name: 'bob' }));
  const [offline, closed] = [next(bob, 'offline'), next(bob, 'closed')];
  proxy.target = 1;
  proxy.cutAll();
  await offline;
  await run('ban', '127.0.0.1', 'spam');
  proxy.target = server.port;
  bob.reconnectNow();
  assert.equal((await closed).why, 'This address is banned: spam');
});
