import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, utimes } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { accountOn, aliceOn, bobOn, password, shows } from '../faces/join-terminal.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { type Pty, ptyMissing, untimed } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const skip = ptyMissing;

async function leave(pty: Pty): Promise<void> {
  pty.type('!exit\r');
  assert.equal(await pty.exit(), 0);
}

describe('earshot join after an absence', { skip }, () => {
  test('shows the last lines on a new device, and only what was missed on an old one', async (context) => {
    const server = await testServer(context, { accounts: { alice: password } });
    const home = await temporaryFolder(context);
    const bob = await bobOn(context, server);
    const first = await accountOn(context, server, home);
    assert.ok(!first.raw.includes('──'), 'there is no history yet');
    for (let at = 1; at <= 22; at++) await bob.ask('SEND', { Id: at }, `apple ${at}`);
    await shows(first, '@bob: apple 22');
    await leave(first);
    const elsewhere = await accountOn(context, server, await temporaryFolder(context));
    await shows(elsewhere, '@bob: apple 22', '── end of the history; !history more shows older lines ──');
    const title = elsewhere.rows.indexOf('── the last 20 lines ──');
    assert.equal(untimed(elsewhere.rows)[title + 1], '@bob: apple 3');
    elsewhere.type('!history more\r');
    await shows(
      elsewhere,
      '── 2 lines before ──',
      '@bob: apple 1',
      '@bob: apple 2',
      '── end of the history; there are no older lines ──',
    );
    await leave(elsewhere);
    // As if she had left three days ago.
    const [state = ''] = await readdir(join(home, 'earshot'));
    const agoMs = Date.now() - 3 * 24 * 60 * 60_000;
    await utimes(join(home, 'earshot', state), agoMs / 1_000, agoMs / 1_000);
    await bob.ask('SEND', { Id: 30 }, 'apple missed');
    await bob.ask('SEND', { Id: 31 }, 'of no interest');
    const back = await accountOn(context, server, home);
    await shows(back, '@bob: apple missed', '── caught up: 1 of 2 messages while you were away ──');
    assert.match(
      back.rows.at(-4) ?? '',
      /^── while you were away, since \w+day \d+ \w+ \d{4}, \d\d:\d\d ──$/,
    );
    await leave(back);
    const again = await accountOn(context, server, home);
    await bob.ask('SEND', { Id: 32 }, 'apple live');
    await shows(again, '@bob: apple live');
    assert.ok(!again.raw.includes('──'), 'nothing was missed');
  });

  test('marks what was missed while the connection was gone', async (context) => {
    const server = await testServer(context);
    const proxy = await CuttingProxy.open(context, server.port);
    const alice = await aliceOn(context, proxy);
    const bob = await bobOn(context, server);
    // Nobody listens there: the client cannot reconnect yet.
    proxy.target = await closedPort();
    const cut = proxy.cut(1);
    await bob.ask('SEND', { Id: 1 }, 'apple one');
    await cut;
    await alice.waitFor('the loss', ({ rows }) => /^\[.*\] >$/.test(rows.at(-1) ?? ''));
    await bob.ask('SEND', { Id: 2 }, 'apple two');
    await bob.ask('SEND', { Id: 3 }, 'of no interest');
    proxy.target = server.port;
    const caughtUp = '── caught up: 2 of 3 messages while you were away ──';
    await shows(alice, '@bob: apple one', '@bob: apple two', caughtUp);
    assert.match(alice.rows.at(-5) ?? '', /^── while you were away, since \d\d:\d\d ──$/);
    await bob.ask('SEND', { Id: 4 }, 'apple three');
    await shows(alice, caughtUp, '@bob: apple three');
  });
});

async function closedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
