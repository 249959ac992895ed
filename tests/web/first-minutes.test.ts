import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { WireClient } from '../support/wire-client.ts';
import { bridge } from './bridge.ts';
import {
  addressOf,
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  newPage,
  noBrowser,
  online,
  say,
  signedIn,
  signIn,
  webServer,
} from './browser.ts';

after(closeBrowser);

describe('the first minutes in a browser', { skip: noBrowser }, () => {
  test('who is alone reads what will come, and how others join; and sees them soon', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    const empty = alice.page.locator('.empty');
    await empty.getByText('in the column at the side').waitFor();
    const size = alice.page.viewportSize();
    await alice.page.setViewportSize({ width: 320, height: 640 });
    await empty.getByText('behind ☰').waitFor();
    assert.equal(await empty.getByText('in the column at the side').isVisible(), false);
    if (size !== null) await alice.page.setViewportSize(size);
    await empty.getByText('in the column at the side').waitFor();
    await empty.getByText(`npx earshot join NAME chat://127.0.0.1:${server.port}`).waitFor();
    await follow(alice.page, 'apple');
    await empty.getByText('You follow apple: what that brings comes here').waitFor();
    for (const term of ['b', 'c', 'd', 'e', 'f', 'g']) await follow(alice.page, term);
    await empty.getByText('You follow apple, b, c, d, e and 2 more: what').waitFor();
    // Somebody who says nothing.
    await WireClient.register(t, server, 'bob');
    await alice.page.locator('.side').getByRole('link', { name: 'bob' }).waitFor();
    assert.equal(await empty.getByText('Nobody else is here').count(), 0);
    await assertUnharmed(alice);
  });

  test('who comes back reads that nobody else is there only when the server has said it', async (t) => {
    const { port: site } = await webServer(t);
    let isSilent = false;
    const standIn = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind === 'list' && standIn.connections > 1) {
        isSilent = true;
        peer.tell({ kind: 'caught-up', matched: 0, of: 0 });
      }
      if (kind !== 'history') return !isSilent;
      if (!isSilent) peer.answer({ kind: 'history' });
      return false;
    });
    const server = await bridge(t, { site, chat: standIn.address.port });
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    await page.getByText('Nobody else is here').waitFor();
    await page.reload();
    await online(page);
    await page.locator('.empty').getByText('You get what carries a word').waitFor();
    assert.equal(await page.getByText('Nobody else').count(), 0);
    const peer = standIn.peers.at(-1);
    peer?.answer({ kind: 'list', names: ['alice'] });
    peer?.answer({ kind: 'follows', terms: [] });
    await page.getByText('Nobody else is here').waitFor();
    await page.locator('.side').getByText('Nobody else.').waitFor();
    await assertUnharmed(alice);
  });

  test('a name that somebody has is refused with what to do, and another one joins', async (t) => {
    const server = await webServer(t);
    await signedIn(t, server, 'alice');
    const other = await newPage(t);
    await other.page.goto(addressOf(server));
    await other.page.getByLabel('Your name').fill('alice');
    await other.page.keyboard.press('Enter');
    await other.page.getByText('Somebody is here as alice. Choose another name.').waitFor();
    await other.page.getByLabel('Your name').fill('Server');
    await other.page.keyboard.press('Enter');
    await other.page.getByText('The name Server is reserved. Choose another name.').waitFor();
    await other.page.getByLabel('Your name').fill('alice2');
    await other.page.keyboard.press('Enter');
    await online(other.page);
    await assertUnharmed(other);
  });

  test('whoever is new here can type and join while the database of the browser still opens', async (t) => {
    const server = await webServer(t);
    const alice = await newPage(t);
    await alice.page.addInitScript(`
      const open = indexedDB.open.bind(indexedDB);
      IDBFactory.prototype.open = (...words) => {
        const held = {};
        const pass = (event) => ({ target }) => {
          held.result = target.result;
          held[event]();
        };
        globalThis.goOn = () => {
          const request = open(...words);
          for (const event of ['onupgradeneeded', 'onsuccess']) request[event] = pass(event);
        };
        return held;
      };
    `);
    await alice.page.goto(addressOf(server));
    await alice.page.getByLabel('Your name').fill('alice');
    await alice.page.keyboard.press('Enter');
    await alice.page.evaluate('goOn()');
    await online(alice.page);
    await assertUnharmed(alice);
  });

  test('a name among words from right to left keeps its @ in front', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    await say(alice.page, '\u05e9\u05dc\u05d5\u05dd @bob, \u05de\u05d4?');
    await heard(alice.page, '@bob');
    const places: readonly number[] = await alice.page.evaluate(`(() => {
      const { firstChild: text } = document.querySelector('.log .text bdi');
      return [0, 1].map((at) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      });
    })()`);
    const [sign = 0, letter = 0] = places;
    assert.ok(sign < letter, `${sign} and ${letter}`);
    await assertUnharmed(alice);
  });

  test('long names and words leave room on a narrow screen', async (t) => {
    const server = await webServer(t);
    const alice = await newPage(t, { width: 320, height: 568 });
    const { page } = alice;
    await signIn(page, server, 'a'.repeat(20));
    const side = page.getByRole('button', { name: 'What you follow, and people' });
    await side.click();
    await follow(page, 'b'.repeat(60));
    await side.click();
    await page.locator('.empty').getByText('You follow bbb').waitFor();
    const overflow =
      'document.querySelector(".log").scrollWidth - document.querySelector(".log").clientWidth';
    assert.equal(await page.evaluate(overflow), 0);
    const boxOf = async (name: string) => (await page.locator(name).boundingBox()) ?? assert.fail(name);
    assert.ok((await boxOf('.search')).y + 10 > (await boxOf('.me')).y, 'both are in one row');
    await assertUnharmed(alice);
  });
});
