import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

test('no text and no secret gets into the log, over any protocol, at the level debug', async (context) => {
  const logged: string[] = [];
  const metricsTokenFile = path.join(await temporaryFolder(context), 'token');
  await writeFile(metricsTokenFile, 'canary-of-the-metrics');
  const server = await testServer(context, {
    onLogLine: (line) => logged.push(line),
    metricsTokenFile,
    accounts: { carol: 'canary password' },
  });

  const alice = await WireClient.register(context, server, 'alice', '');
  const bob = await WireClient.register(context, server, 'bob');
  await alice.ask('!follow canary-term');
  bob.send('a canary-term for all\n');
  assert.match(await alice.line(), /canary/);
  bob.send('@alice: a canary\n!msg alice canary\n!history canary\n!nonsense canary\n!attach canary.txt\n');
  assert.match(await alice.line(), /canary/);
  const wrong = await WireClient.connect(context, server);
  wrong.send('REGISTER carol CHAT/1.0\nPassword: canary wrong\n\n');
  assert.match(await wrong.rest(), /^403/);

  const { client, answer } = await ParcelClient.enter(context, server, 'REGISTER dave', {
    Password: 'canary of dave',
    Follow: 'canary-follow',
  });
  assert.equal(answer.start, '200 Registered');
  await client.ask('SEND', { Id: 'canary-id' }, 'a canary, encoded');
  await client.ask('SEND', { To: 'alice' }, 'a canary in private');
  await client.ask('NONSENSE canary', { Canary: 'canary' }, 'canary');
  const other = await ParcelClient.connect(context, server);
  await other.ask('LOGIN dave', { Password: 'canary guess' });
  await other.ask('LOGIN dave', { Token: 'canary token' });
  other.wire.send('\u0000canary\n');
  await other.wire.rest();

  const verbs = await WireClient.login(context, server, 'erin');
  await verbs.ask('sendto alice a canary');
  await verbs.ask('canary canary');

  for (const field of [
    'Authorization: Bearer canary-guess',
    'Authorization: Bearer canary-of-the-metrics',
    'no canary',
  ]) {
    const http = await WireClient.connect(context, server);
    http.send(`GET /metrics?canary HTTP/1.1\r\nHost: canary.example\r\n${field}\r\n\r\n`);
    assert.match(await http.rest(), /^HTTP\/1\.1 (401|200|400) /);
  }
  await server.close();
  const tokens = [answer.headers.Token ?? 'no token'];
  assert.ok(logged.length > 10);
  assert.deepEqual(
    logged.filter((line) => /canary/i.test(line) || tokens.some((token) => line.includes(token))),
    [],
  );
});
