import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { certified } from '../support/certificates.ts';
import { adminDone } from '../support/operator.ts';
import { testServer } from '../support/server.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

afterEach(endJoiners);

const faces: readonly (readonly string[])[] = [
  ['list'],
  ['join', 'bob'],
  ['send', '--name', 'bob', 'hello'],
  ['tail', '--name', 'bob'],
  ['history', '--name', 'bob'],
  ['menu'],
  ['console'],
];

test('from a banned address every client says why and until when, and ends', async (context) => {
  const home = await temporaryFolder(context);
  const { cert, key } = certified();
  const tls = { cert: join(home, 'cert.pem'), key: join(home, 'key.pem') };
  await writeFile(tls.cert, cert);
  await writeFile(tls.key, key);
  const { dataFolder, joinAddresses, port } = await testServer(context, { tls, udp: true });
  await adminDone(dataFolder, 'ban', '127.0.0.1', 'spam', '--for', '2h');
  const [overTls = '', overUdp = ''] = joinAddresses;
  assert.match(`${overTls} ${overUdp}`, /^chats:.* chat\+udp:/);
  const plain = `chat://127.0.0.1:${port}`;
  const runs = [
    ...faces.map((words) => [plain, words] as const),
    ...[overTls, overUdp].flatMap((address) => faces.slice(0, 2).map((words) => [address, words] as const)),
  ];
  for (const [address, words] of runs) {
    const [command = ''] = words;
    // Where the address is an argument, it stands before the text.
    const args = command === 'send' ? ['send', address, ...words.slice(1)] : [...words, address];
    const env = { HOME: home, XDG_STATE_HOME: home };
    const { exitCode, stderr } = await runEarshot(args, env, 'list\n');
    assert.match(
      stderr,
      /^earshot: .*: This address is banned until [0-9-]{10} [0-9:]{5} UTC: spam( \(423\))?\n$/,
    );
    assert.equal(exitCode, 1, `${command} over ${address}`);
  }
});

test('a client that is online ends when its address is banned, with its input still open', async (context) => {
  const server = await testServer(context);
  const home = await temporaryFolder(context);
  const address = `chat://127.0.0.1:${server.port}`;
  const env = { HOME: home, XDG_STATE_HOME: home, EARSHOT_NAME: '' };
  const bob = await WireClient.register(context, server, 'bob');
  const started = (face: string, ...args: string[]) => new Joiner([address, ...args], { face, env });
  const sending = started('send', '--name', 'sender');
  const joined = started('join', 'joiner');
  const tailing = started('tail', '--name', 'tailer', '--follow', 'apple');
  for (const joiner of [sending, joined]) joiner.write('hello @bob\n');
  assert.deepEqual((await bob.lines(2)).sort(), ['@joiner: hello @bob', '@sender: hello @bob']);
  while ((await bob.ask('!list')).split(', ').length < 4) await new Promise(setImmediate);
  await adminDone(server.dataFolder, 'ban', '127.0.0.1', 'spam');
  const why = 'This address is banned: spam';
  assert.deepEqual(
    [await sending.exit(), sending.errors],
    [1, `earshot: the server has logged you out: ${why}\n`],
  );
  assert.deepEqual(
    [await joined.exit(), joined.errors],
    [1, `earshot: the server has logged you out: ${why}\n`],
  );
  assert.deepEqual([await tailing.exit(), tailing.errors], [1, `earshot: ${why}\n`]);
});
