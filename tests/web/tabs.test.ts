import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import {
  addressOf,
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  libraryClient,
  newPage,
  noBrowser,
  online,
  type PageOptions,
  reconnectNow,
  say,
  signedIn,
  signIn,
  textsOf,
  until,
  type WatchedPage,
  webServer,
} from './browser.ts';

after(closeBrowser);

/**
 * A page that can be hidden, as a tab behind another one is: browsers without windows show all pages. Its notifications
 * are written down, with whatever permission the browser gives.
 */
async function hideable(t: Parameters<typeof newPage>[0], options: PageOptions = {}): Promise<WatchedPage> {
  const watched = await newPage(t, options);
  await watched.page.addInitScript(`
    globalThis.isHidden = false;
    Object.defineProperty(document, 'visibilityState', { get: () => (globalThis.isHidden ? 'hidden' : 'visible') });
    globalThis.calls = [];
    const Real = globalThis.Notification;
    globalThis.Notification = class {
      static get permission() { return Real.permission; }
      static requestPermission() { return Real.requestPermission(); }
      constructor(title, { body, data }) {
        globalThis.calls.push(title + ': ' + body);
        globalThis.lastCall = this;
      }
      close() {}
    };
  `);
  return watched;
}

const hide = (page: Page, isHidden: boolean): Promise<unknown> =>
  page.evaluate(`isHidden = ${isHidden}; document.dispatchEvent(new Event('visibilitychange')); 1`);

const callsOf = (page: Page): Promise<string[]> => page.evaluate('globalThis.calls');

describe('several tabs of one browser', { skip: noBrowser }, () => {
  test('show each message, and agree on what is unread', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob');
    const first = await hideable(t);
    await signIn(first.page, server, 'alice');
    await follow(first.page, 'apple');
    const second = await hideable(t, { context: first.context });
    await second.page.goto(addressOf(server));
    await online(second.page);
    await say(second.page, 'from the second tab');
    await heard(first.page, 'from the second tab');
    await hide(first.page, true);
    await hide(second.page, true);
    await bob.send('an apple for both');
    await bob.sendTo('alice', 'a private one');
    for (const { page } of [first, second]) {
      await until(page, 'document.title === "(2) earshot"');
      await until(page, 'document.querySelector("link[rel=icon]").href.endsWith("/icon-unread.svg")');
    }
    await second.page.locator('.side').getByRole('link', { name: 'bob' }).first().click();
    await hide(second.page, false);
    await until(first.page, 'document.title === "(1) earshot"');
    await until(second.page, 'document.title === "(1) earshot"');
    await second.page.getByRole('button', { name: 'Show everything' }).click();
    for (const { page } of [first, second]) {
      await until(page, 'document.title === "earshot"');
      await until(page, 'document.querySelector("link[rel=icon]").href.endsWith("/icon.svg")');
    }
    // What the visible tab shows at once is not unread in the hidden one either, whichever hears of it first.
    for (let i = 0; i < 20; i++) await bob.send(`apple ${i}`);
    await heard(first.page, 'apple 19');
    await until(first.page, 'document.title === "earshot"');
    assert.deepEqual(await textsOf(first.page), await textsOf(second.page));
    await assertUnharmed(first);
    await assertUnharmed(second);
  });

  test('call for a mention once, and only while nobody looks at any of them', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob');
    const first = await hideable(t);
    await first.context.grantPermissions(['notifications']);
    await signIn(first.page, server, 'alice');
    const second = await hideable(t, { context: first.context });
    await second.page.goto(addressOf(server));
    await online(second.page);
    await hide(second.page, true);
    await bob.send('@alice, you look at the first tab');
    await heard(second.page, 'you look at the first tab');
    await hide(first.page, true);
    await until(
      first.page,
      `navigator.locks.query().then(({ held }) => held.every(({ name }) => name !== 'earshot looks'))`,
    );
    await bob.send('@alice, you look at none');
    await bob.sendTo('alice', 'nor at this');
    await bob.send('@all this is not for you alone');
    for (const { page } of [first, second]) await heard(page, 'this is not for you alone');
    await until(first.page, 'globalThis.calls.length === 2');
    const calls = ['bob: @alice, you look at none', 'bob: nor at this'];
    assert.deepEqual([await callsOf(first.page), await callsOf(second.page)], [calls, []]);
    // A click on it leads to where it was said.
    await first.page.evaluate('globalThis.lastCall.onclick()');
    await until(first.page, 'location.search === "?with=bob"');
    // When the first tab is gone, the other one calls.
    await assertUnharmed(first);
    await first.page.close();
    await until(second.page, `navigator.locks.query().then(({ pending }) => pending.length === 0)`);
    await bob.send('@alice, and now?');
    await until(second.page, 'globalThis.calls.length === 1');
    // Another user in the same tab is called as well.
    await second.page.locator('.me summary').click();
    await second.page.getByRole('button', { name: 'Sign out' }).click();
    await second.page.getByLabel('Your name').fill('carol');
    await second.page.keyboard.press('Enter');
    await online(second.page);
    await bob.send('@carol, are you there?');
    await until(second.page, 'globalThis.calls.length === 2');
    await assertUnharmed(second);
  });

  test('a line that waits in one is not sent by another, not even by its duplicate', async (t) => {
    const server = await webServer(t);
    const proxy = await CuttingProxy.open(t, server.port);
    const bob = await libraryClient(t, server, 'bob', { follow: ['apple'] });
    const got: string[] = [];
    bob.on('message', ({ text }) => got.push(text));
    const first = await signedIn(t, proxy, 'alice');
    proxy.target = 1;
    proxy.cutAll();
    await first.page.locator('.status.offline').waitFor();
    await say(first.page, 'an apple that waits');
    await first.page.getByText('1 line waits').waitFor();
    const id = await first.page.evaluate('sessionStorage.getItem("earshot tab")');
    const second = await newPage(t, { context: first.context });
    // As browsers do it when somebody duplicates a tab.
    await second.page.addInitScript(`sessionStorage.setItem('earshot tab', ${JSON.stringify(id)})`);
    proxy.target = server.port;
    await second.page.goto(addressOf(proxy));
    await online(second.page);
    assert.notEqual(await second.page.evaluate('sessionStorage.getItem("earshot tab")'), id);
    assert.equal(await second.page.locator('.waiting li').count(), 0, 'it is the line of the other tab');
    await reconnectNow(first.page);
    await online(first.page);
    await heard(first.page, 'an apple that waits');
    await heard(second.page, 'an apple that waits');
    await bob.sendTo('alice', 'one came');
    await heard(second.page, 'one came');
    assert.deepEqual(got, ['an apple that waits']);
    await assertUnharmed(first);
    await assertUnharmed(second);
  });

  test('notifications are asked for when one would have been of use, and not where they are refused', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob');
    const alice = await hideable(t);
    await alice.page.addInitScript(`
      globalThis.answer = 'default';
      Object.defineProperty(Notification, 'permission', { get: () => globalThis.answer });
      Notification.requestPermission = async () => (globalThis.answer = 'granted');
    `);
    await signIn(alice.page, server, 'alice');
    await bob.send('@alice, do you see this?');
    await heard(alice.page, 'do you see this?');
    const notifyMe = alice.page.getByRole('button', { name: 'Notify me', exact: true });
    assert.equal(await notifyMe.count(), 0, 'she saw it');
    await hide(alice.page, true);
    await bob.send('@alice, and this?');
    await notifyMe.waitFor();
    await alice.page.getByRole('button', { name: 'No', exact: true }).click();
    await until(alice.page, 'document.activeElement?.tagName === "TEXTAREA"');
    await bob.send('@alice, no answer?');
    await heard(alice.page, 'no answer?');
    assert.equal(await notifyMe.count(), 0, 'she said no');
    // Later she wants them after all.
    await alice.page.locator('.me summary').click();
    await alice.page.getByRole('button', { name: 'Notify me of mentions' }).click();
    await until(alice.page, 'globalThis.answer === "granted"');
    await bob.send('@alice, now?');
    await until(alice.page, 'globalThis.calls.length === 1');
    await alice.page.locator('.me summary').click();
    assert.equal(await alice.page.getByRole('button', { name: 'Notify me of mentions' }).count(), 0);
    const carol = await hideable(t);
    await signIn(carol.page, server, 'carol');
    await hide(carol.page, true);
    await bob.send('@carol, can you hear me?');
    const askCarol = carol.page.getByRole('button', { name: 'Notify me', exact: true });
    await askCarol.click();
    // A browser without windows has nobody who could allow it.
    await until(carol.page, 'Notification.permission !== "granted"');
    await askCarol.waitFor({ state: 'detached' });
    await bob.send('@carol, and now?');
    await heard(carol.page, 'and now?');
    await until(carol.page, 'document.title === "(2) earshot"');
    assert.deepEqual(await callsOf(carol.page), []);
    await assertUnharmed(alice);
    await assertUnharmed(carol);
  });
});
