import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { certified } from '../support/certificates.ts';
import { adminDone } from '../support/operator.ts';
import { testServer } from '../support/server.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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
