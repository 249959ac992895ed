import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  libraryClient,
  newPage,
  noBrowser,
  online,
  reconnectNow,
  say,
  signedIn,
  textsOf,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

describe('staying in a browser', { skip: noBrowser }, () => {
  test('a server that is away: the page says so, and sends once what was typed', async (t) => {
    const dataFolder = await temporaryFolder(t);
    const first = await webServer(t, { dataFolder });
    const proxy = await CuttingProxy.open(t, first.port);
    const alice = await signedIn(t, proxy, 'alice');
    await follow(alice.page, 'apple');
    await first.close();
    await alice.page.getByText(/reconnecting in \d+ s/).waitFor();
    await say(alice.page, 'an apple while it was away');
    await say(alice.page, 'a second apple');
    await alice.page.getByText('2 lines wait').waitFor();
    const second = await webServer(t, { dataFolder });
    proxy.target = second.port;
    await reconnectNow(alice.page);
    await online(alice.page);
    await until(alice.page, 'document.querySelectorAll(".waiting li").length === 0');
    const bob = await libraryClient(t, second, 'bob', { follow: ['apple'] });
    await bob.send('an apple from bob');
    await heard(alice.page, 'an apple from bob');
    assert.deepEqual(await textsOf(alice.page), [
      'an apple while it was away',
      'a second apple',
      'an apple from bob',
    ]);
    await assertUnharmed(alice);
  });

  test('what was typed outlives the tab, and goes out once', async (t) => {
    const server = await webServer(t);
    const proxy = await CuttingProxy.open(t, server.port);
    const alice = await signedIn(t, proxy, 'alice');
    const bob = await libraryClient(t, server, 'bob', { follow: ['apple'] });
    const got: string[] = [];
    bob.on('message', ({ text }) => got.push(text));
    // Cut, with nothing behind it that could be reached.
    proxy.target = 1;
    const cut = proxy.cut(0, 'client');
    await say(alice.page, 'an apple for later');
    await cut;
    await alice.page.getByText('1 line waits').waitFor();
    await alice.page.close();
    proxy.target = server.port;
    const again = await newPage(t, { context: alice.context });
    await again.page.goto(`http://127.0.0.1:${proxy.port}/`);
    await online(again.page);
    await heard(again.page, 'an apple for later');
    await until(again.page, 'document.querySelectorAll(".waiting li").length === 0');
    await again.page.reload();
    await heard(again.page, 'an apple for later');
    await bob.sendTo('alice', 'I got it');
    await heard(again.page, 'I got it');
    assert.deepEqual(got, ['an apple for later']);
    await assertUnharmed(again);
  });
});
