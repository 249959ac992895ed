import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const password = { Password: 'correct horse' };

test('a copy that was made while the server ran is a server again, as docs/operating.md has it', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const [copied, copy] = [await temporaryFolder(context), await temporaryFolder(context)];
  const first = await testServer(context, { dataFolder, accounts: { alice: password.Password } });
  const { client: alice } = await ParcelClient.enter(context, first, 'LOGIN alice', {
    ...password,
    Follow: 'apple',
  });
  const bob = await WireClient.register(context, first, 'bob', '\n');
  bob.send('an apple\n!attach note.txt apple\n');
  assert.equal(await bob.line(), 'ATTACH note.txt CHAT/1.0');
  assert.match(await bob.ask('Content-Length: 4\nnote'), /distributed/);

  const taken = await runEarshot(['backup', copied, '--data', dataFolder]);
  assert.equal(taken.exitCode, 0, taken.stderr);
  bob.send('an apple that the copy does not have\n');
  await alice.next();
  await alice.next();
  const lost = await alice.next();
  await first.close();

  assert.match((await runEarshot(['backup', copied, '--data', dataFolder])).stderr, /is not empty/);
  const restored = await runEarshot(['restore', copied, '--data', copy]);
  assert.equal(restored.exitCode, 0, restored.stderr);
  const server = await testServer(context, { dataFolder: copy });
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    ...password,
    Since: lost.headers.Position ?? '',
    Epoch: 'before',
  });
  assert.equal((await back.next()).start, 'RESET CHAT/1.1');
  assert.equal((await back.ask('FOLLOWS')).body, 'apple\n@alice\n@all\n');
  back.send('HISTORY');
  const history = await back.until('200 End');
  assert.deepEqual(textsOf(history), ['an apple']);
  assert.equal(history.at(-2)?.headers.Name, 'note.txt');
  const carol = await WireClient.register(context, server, 'carol');
  carol.send('another apple\n');
  assert.equal((await back.next()).body, 'another apple');
});

test('after a restore nobody gets what was sent in private to an earlier user of their name', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const [copied, copy] = [await temporaryFolder(context), await temporaryFolder(context)];
  const first = await testServer(context, { dataFolder });
  const { client: alice } = await ParcelClient.enter(context, first, 'REGISTER alice');
  const { client: guest } = await ParcelClient.enter(context, first, 'REGISTER bob');
  assert.equal((await alice.ask('SENDTO bob', {}, 'for the guest')).start, '200 Sent');
  await guest.until('MESSAGE');
  await guest.ask('LOGOUT');
  const owner = await ParcelClient.enter(context, first, 'REGISTER bob', password);
  assert.equal(owner.answer.start, '200 Registered');
  assert.equal((await alice.ask('SENDTO bob', {}, 'for the owner')).start, '200 Sent');
  await first.close();
  assert.equal((await runEarshot(['backup', copied, '--data', dataFolder])).exitCode, 0);
  assert.equal((await runEarshot(['restore', copied, '--data', copy])).exitCode, 0);
  const server = await testServer(context, { dataFolder: copy });
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN bob', password);
  back.send('HISTORY');
  assert.deepEqual(textsOf(await back.until('200 End')), ['for the owner']);
});

test('a backup comes to its end while people talk, and holds what had been acknowledged before', async (context) => {
  const [dataFolder, copied] = [await temporaryFolder(context), await temporaryFolder(context)];
  const server = await testServer(context, { dataFolder });
  const alice = await WireClient.register(context, server, 'alice');
  const text = 'x'.repeat(60_000);
  for (let at = 0; at < 200; at++) alice.send(`${text}\n`);
  assert.equal(await alice.ask('!list'), 'alice');
  let isDone = false;
  const taken = runEarshot(['backup', copied, '--data', dataFolder]).finally(() => {
    isDone = true;
  });
  let said = 0;
  while (!isDone) {
    alice.send(`word ${said++}\n`);
    assert.equal(await alice.ask('!list'), 'alice');
  }
  assert.equal((await taken).exitCode, 0);
  assert.ok(said > 20, `${said} messages meanwhile`);
  await server.close();
  const again = await testServer(context, { dataFolder: copied });
  const reader = await ParcelClient.enter(context, again, 'REGISTER bob');
  reader.client.send('FOLLOW', { Term: '*', Since: '0' });
  assert.ok((await reader.client.until('200 Now following')).length > 1);
});

test('a backup of a damaged log names it, and leaves nothing in its folder', async (context) => {
  const [dataFolder, copied] = [await temporaryFolder(context), await temporaryFolder(context)];
  const server = await testServer(context, { dataFolder });
  const alice = await WireClient.register(context, server, 'alice');
  for (let at = 0; at < 20; at++) alice.send(`${'x'.repeat(10_000)}\n`);
  assert.equal(await alice.ask('!list'), 'alice');
  await server.close();
  const log = join(dataFolder, 'earshot.db');
  const file = openSync(log, 'r+');
  for (let page = 2; page < statSync(log).size / 4096; page++)
    writeSync(file, Buffer.alloc(16, 0xff), 0, 16, page * 4096);
  closeSync(file);
  const { exitCode, stderr } = await runEarshot(['backup', copied, '--data', dataFolder]);
  assert.equal(exitCode, 73);
  assert.ok(stderr.includes(`earshot: ${log}: the log is damaged (`), stderr);
  assert.deepEqual(readdirSync(copied), []);
});

test('a backup that was cut short is none, and a restore that failed leaves room for the next', async (context) => {
  const [dataFolder, copied] = [await temporaryFolder(context), await temporaryFolder(context)];
  const server = await testServer(context, { dataFolder, accounts: { alice: password.Password } });
  await server.close();
  // Copying waits for whoever writes to it.
  const stuck = join(dataFolder, 'attachments', '0'.repeat(32));
  assert.equal(spawnSync('mkfifo', [stuck]).status, 0);
  const program = join(import.meta.dirname, '../../bin/earshot.js');
  const backup = spawn(process.execPath, [program, 'backup', copied, '--data', dataFolder]);
  context.after(() => backup.kill('SIGKILL'));
  for await (const said of backup.stderr) if (String(said).includes('Copying 1 files')) break;
  backup.kill('SIGKILL');
  if (backup.exitCode === null && backup.signalCode === null) await once(backup, 'exit');
  rmSync(stuck);
  assert.ok(existsSync(join(copied, 'accounts.db')));
  const target = join(await temporaryFolder(context), 'new');
  const none = await runEarshot(['restore', copied, '--data', target]);
  assert.equal(none.exitCode, 73);
  assert.match(none.stderr, /is not a backup of earshot/);

  const broken = await temporaryFolder(context);
  closeSync(openSync(join(broken, 'earshot.db'), 'w'));
  const failed = await runEarshot(['restore', broken, '--data', target]);
  assert.equal(failed.exitCode, 73);
  assert.match(failed.stderr, /earshot\.db\.part: the log cannot be opened \(no such table: meta\)/);
  assert.deepEqual(readdirSync(target), ['lock.db']);
  const whole = await runEarshot(['restore', dataFolder, '--data', target]);
  assert.equal(whole.exitCode, 0, whole.stderr);
});
