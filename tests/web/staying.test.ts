import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { connect } from '../../src/library.ts';
import { closing } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { randomFrom } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  newPage,
  noBrowser,
  online,
  say,
  signIn,
  textsOf,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** How often the connection is cut, or the page loaded again, at random. */
const cuts = Number(process.env.EARSHOT_WEB_CUTS ?? 50);

describe('staying in a browser', { skip: noBrowser }, () => {
  test('a server that is away: the page says so, and sends once what was typed', async (t) => {
    const dataFolder = await temporaryFolder(t);
    const first = await webServer(t, { dataFolder });
    const proxy = await CuttingProxy.open(t, first.port);
    const alice = await newPage(t);
    await signIn(alice.page, proxy, 'alice');
    await follow(alice.page, 'apple');
    await first.close();
    await alice.page.getByText(/reconnecting in \d+ s/).waitFor();
    await say(alice.page, 'an apple while it was away');
    await say(alice.page, 'a second apple');
    await alice.page.getByText('2 lines wait').waitFor();
    const second = await webServer(t, { dataFolder });
    proxy.target = second.port;
    // It may come back by itself first.
    await alice.page
      .getByRole('button', { name: 'Reconnect now' })
      .click({ timeout: 1_000 })
      .catch(() => {});
    await online(alice.page);
    await until(alice.page, 'document.querySelectorAll(".waiting li").length === 0');
    const address = `chat://127.0.0.1:${second.port}`;
    const bob = closing(t, await connect(address, { name: 'bob', follow: ['apple'], stateFolder: false }));
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
    const alice = await newPage(t);
    await signIn(alice.page, proxy, 'alice');
    const address = `chat://127.0.0.1:${server.port}`;
    const bob = closing(t, await connect(address, { name: 'bob', follow: ['apple'], stateFolder: false }));
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

  test(`cut ${cuts} times at random, each message stands there once and in order`, async (t) => {
    const server = await webServer(t);
    const proxy = await CuttingProxy.open(t, server.port);
    const random = randomFrom(Number(process.env.EARSHOT_SEED ?? 37));
    const alice = await newPage(t, { height: 2_000 });
    await signIn(alice.page, proxy, 'alice');
    await follow(alice.page, 'apple');
    const address = `chat://127.0.0.1:${server.port}`;
    const bob = closing(t, await connect(address, { name: 'bob', follow: ['pear'], stateFolder: false }));
    const got: string[] = [];
    bob.on('message', ({ text }) => got.push(text));
    const [apples, pears]: [string[], string[]] = [[], []];
    for (let i = 1; i <= cuts; i++) {
      const cut =
        i % 5 === 0 ? undefined : proxy.cut(Math.floor(random() * 60), i % 2 === 0 ? 'client' : 'server');
      apples.push(`apple ${i}`, `apple ${i}b`);
      pears.push(`pear ${i}`);
      void bob.send(`apple ${i}`);
      await say(alice.page, `pear ${i}`);
      await bob.send(`apple ${i}b`);
      await cut;
      // A fifth of the time the page itself is loaded again, whatever is under way.
      if (cut === undefined) await alice.page.reload();
      await until(alice.page, 'document.querySelector(".status.online, .status button")');
      const retry = alice.page.getByRole('button', { name: 'Reconnect now' });
      if (await retry.isVisible()) await retry.click({ timeout: 500 }).catch(() => {});
      await online(alice.page);
    }
    await until(alice.page, 'document.querySelectorAll(".waiting li").length === 0');
    await bob.send('the last apple');
    await heard(alice.page, 'the last apple');
    const all = await textsOf(alice.page);
    assert.deepEqual(
      all.filter((text) => text.startsWith('apple')),
      apples.slice(-all.filter((text) => text.startsWith('apple')).length),
    );
    await alice.page.reload();
    await heard(alice.page, 'the last apple');
    const seen = new Set<string>();
    const collect = async (): Promise<void> => {
      for (const text of await textsOf(alice.page)) seen.add(text);
    };
    await collect();
    while (!seen.has('apple 1')) {
      // Two frames: in the first one the rows are drawn.
      await alice.page.evaluate(`new Promise((resolve) => {
        document.querySelector('.log').scrollTop -= 600;
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      })`);
      await collect();
    }
    assert.deepEqual(got, pears, 'each line of the page was stored once, in order');
    for (const text of [...apples, ...pears]) assert.ok(seen.has(text), `${text} is not in the page`);
    await assertUnharmed(alice);
  });
});
