import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { attachFile, fetchFile, registerGuest } from '../support/chat11-files.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

test('a timer of one reader that throws costs that reader its connection, and nobody else anything', async (context) => {
  const thrown = Promise.withResolvers<void>();
  const failures: { err: { message: string } }[] = [];
  const server = await testServer(context, {
    limits: { lagStallMs: 100, lingerMs: 100 },
    onLogLine(line) {
      const logged = JSON.parse(line);
      if (logged.msg === 'a timer of a connection failed') failures.push(logged);
      if (logged.msg !== 'reader takes nothing; closed') return;
      thrown.resolve();
      throw new Error('broken on purpose');
    },
  });
  const sender = await WireClient.register(context, server, 'sender');
  const frozen = await WireClient.register(context, server, 'frozen');
  const bystander = await WireClient.register(context, server, 'bystander');
  frozen.freeze();
  for (let i = 0; i < 200; i++) sender.send(`@frozen ${'x'.repeat(65_000)}\n`);
  await thrown.promise;
  sender.send('@bystander still here\n');
  assert.equal(await bystander.line(), '@sender: @bystander still here');
  while ((await sender.ask('!list')) !== 'sender, bystander') {}
  assert.deepEqual(
    failures.map(({ err }) => err.message),
    ['broken on purpose'],
  );
});

test('a file that the disk does not give costs its receivers their connection, and nobody else anything', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder });
  const alice = await registerGuest(context, server, 'alice');
  const bob = await registerGuest(context, server, 'bob', { Follow: 'apple' });
  const carol = await registerGuest(context, server, 'carol', { Follow: 'apple' });
  const [lost, kept] = [randomBytes(300_000), randomBytes(300_000)];
  const ids: string[] = [];
  for (const bytes of [lost, kept]) {
    await attachFile(alice, bytes, { Terms: 'apple' });
    ids.push((await bob.next()).headers.Attachment ?? '');
    await carol.next();
  }
  const [lostId = '', keptId = ''] = ids;
  // Reading a folder is an error of the system's own (EISDIR), and not the "no such file" of one that is not kept.
  const path = join(dataFolder, 'attachments', lostId);
  await rm(path);
  await mkdir(path);
  bob.send(`FETCH ${lostId}`, {});
  assert.equal((await bob.next()).start, '200 Found');
  await bob.wire.rest();
  assert.ok((await fetchFile(carol, keptId)).bytes.equals(kept));
  // Over CHAT/1.0 the bytes come by themselves, behind an announcement that was not sent yet.
  const old = await WireClient.register(context, server, 'old', 'Follow: apple\n\n');
  assert.equal((await alice.ask('PING')).start, '200 Pong');
  await attachFile(alice, kept, { Terms: 'apple' });
  assert.equal(await old.line(), 'ATTACHMENT f CHAT/1.0');
});
