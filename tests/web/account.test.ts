import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { next } from '../support/client-events.ts';
import { adminDone } from '../support/operator.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { bridge } from './bridge.ts';
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
  say,
  signedIn,
  textsOf,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

const accounts = { alice: 'correct horse' };

async function logIn(page: Page, server: { readonly port: number }, password: string): Promise<void> {
  await page.goto(addressOf(server));
  await page.getByLabel('Your name').fill('alice');
  await page.keyboard.press('Enter');
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await online(page);
}

async function choose(page: Page, name: string): Promise<void> {
  await page.locator('.me summary').click();
  await page.getByRole('button', { name }).click();
}

async function changePassword(page: Page, old: string, password: string): Promise<void> {
  await page.getByLabel('Present password').fill(old);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
}

/** Resolves when the browser keeps that alice has everything up to `position`. */
const keptPlace = (page: Page, position: number | undefined): Promise<void> =>
  until(
    page,
    `new Promise((resolve) => {
      const opening = indexedDB.open('earshot');
      opening.onsuccess = () => {
        const reading = opening.result.transaction('state').objectStore('state').get('alice');
        reading.onsuccess = () => resolve(reading.result?.place.position === ${position});
      };
    })`,
  );

describe("one's account in a browser", { skip: noBrowser }, () => {
  test('a guest becomes an account where they are, in all tabs, and hears later what was said meanwhile', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob');
    const alice = await signedIn(t, server, 'alice');
    await follow(alice.page, 'apple');
    await bob.send('an apple before');
    await heard(alice.page, 'an apple before');
    const second = await newPage(t, { context: alice.context });
    await second.page.goto(`${addressOf(server)}?term=apple`);
    await online(second.page);
    await heard(second.page, 'an apple before');
    await choose(alice.page, 'Keep this name');
    await alice.page.getByLabel('Password').fill('short');
    await alice.page.keyboard.press('Enter');
    await alice.page.getByText('A password has at least 8 characters').waitFor();
    await alice.page.getByLabel('Password').fill('correct horse');
    await alice.page.keyboard.press('Enter');
    await until(alice.page, '!document.querySelector("dialog") && !document.querySelector(".me .quiet")');
    assert.deepEqual(await textsOf(alice.page), ['an apple before'], 'the page stays as it is');
    await until(second.page, '!document.querySelector(".me .quiet")');
    await online(second.page);
    assert.match(second.page.url(), /\?term=apple$/);
    await say(second.page, 'an apple from the second tab');
    await heard(alice.page, 'an apple from the second tab');
    await assertUnharmed(second);
    await alice.page.close();
    await second.page.close();
    while ((await bob.list()).includes('alice'));
    await bob.send('an apple meanwhile');
    const again = await newPage(t, { context: alice.context });
    await again.page.goto(addressOf(server));
    await online(again.page);
    await heard(again.page, 'an apple meanwhile');
    assert.deepEqual(await textsOf(again.page), [
      'an apple before',
      'an apple from the second tab',
      'an apple meanwhile',
    ]);
    await again.page.locator('.side .follow', { hasText: 'apple' }).waitFor();
    await assertUnharmed(again);
  });

  test('a new password ends other logins, and keeps all tabs of this browser', async (t) => {
    const server = await webServer(t, { accounts });
    const phone = await libraryClient(t, server, 'alice', { password: 'correct horse' });
    const alice = await newPage(t);
    await logIn(alice.page, server, 'correct horse');
    const second = await newPage(t, { context: alice.context });
    await second.page.goto(addressOf(server));
    await online(second.page);
    await choose(alice.page, 'Password and logins');
    await changePassword(alice.page, 'a wrong one', 'another horse');
    await alice.page.getByText('That is not the present password.').waitFor();
    await changePassword(alice.page, 'correct horse', 'short');
    await alice.page.getByText('A password has at least 8 characters').waitFor();
    const closed = next(phone, 'closed');
    await changePassword(alice.page, 'correct horse', 'another horse');
    await alice.page.getByText('The password is changed').waitFor();
    await closed;
    await until(alice.page, 'document.querySelectorAll(".devices li").length === 1');
    await alice.page.getByRole('button', { name: 'Close' }).click();
    await until(alice.page, 'document.activeElement?.tagName === "SUMMARY"');
    // It went by the new token, which the first tab has kept.
    await until(second.page, 'document.querySelector(".status.online")');
    const back = await libraryClient(t, server, 'alice', { password: 'another horse' });
    await back.send('seen in @alice everywhere');
    for (const { page } of [alice, second]) {
      await heard(page, 'seen in @alice everywhere');
      await page.reload();
      await online(page);
    }
    await assertUnharmed(alice);
    await assertUnharmed(second);
  });

  test('logins are listed and ended; signing out ends the own one, in all tabs', async (t) => {
    const server = await webServer(t, { accounts });
    const options = { password: 'correct horse' };
    const phone = await libraryClient(t, server, 'alice', options);
    const alice = await newPage(t);
    await logIn(alice.page, server, 'correct horse');
    const second = await newPage(t, { context: alice.context });
    await second.page.goto(addressOf(server));
    await online(second.page);
    await say(alice.page, 'words to forget');
    await heard(second.page, 'words to forget');
    await choose(alice.page, 'Password and logins');
    await alice.page.getByText('this browser').waitFor();
    const labels = await alice.page.locator('.devices bdi').allTextContents();
    assert.deepEqual(labels.sort(), ['CHAT/1.1 from 127.0.0.1', 'CHAT/1.1 over a WebSocket from 127.0.0.1']);
    const closed = next(phone, 'closed');
    await alice.page.getByRole('button', { name: /^End login/ }).click();
    await closed;
    await until(alice.page, 'document.querySelectorAll(".devices li").length === 1');
    await alice.page.keyboard.press('Escape');
    await choose(alice.page, 'Sign out');
    for (const { page } of [alice, second]) await page.getByLabel('Your name').waitFor();
    // Nothing is left in the browser.
    await until(
      second.page,
      `new Promise((resolve) => {
        const opening = indexedDB.open('earshot');
        opening.onsuccess = () => {
          const stores = [...opening.result.objectStoreNames];
          const reading = opening.result.transaction(stores);
          const counts = stores.map((store) => reading.objectStore(store).count());
          reading.oncomplete = () => resolve(counts.every(({ result }) => result === 0));
        };
      })`,
    );
    const back = await libraryClient(t, server, 'alice', options);
    assert.equal((await back.devices()).length, 1, 'the login of the browser is over');
    await assertUnharmed(alice);
    await assertUnharmed(second);
  });

  test('a login that somebody ends says so, and asks for the password again', async (t) => {
    const server = await webServer(t, { accounts });
    const alice = await newPage(t);
    await logIn(alice.page, server, 'correct horse');
    const phone = await libraryClient(t, server, 'alice', { password: 'correct horse' });
    const other = (await phone.devices()).find(({ isThis }) => !isThis);
    await phone.revokeDevice(other?.id ?? 0);
    await alice.page.getByText('What let you in was revoked').waitFor();
    await alice.page.getByRole('button', { name: 'Sign in again' }).click();
    await alice.page.getByRole('button', { name: 'Join' }).click();
    await alice.page.getByLabel('Password').fill('correct horse');
    await alice.page.keyboard.press('Enter');
    await online(alice.page);
    await assertUnharmed(alice);
  });

  test('a line stands before what was missed, and not before what comes after that', async (t) => {
    const server = await webServer(t, { accounts });
    const bob = await libraryClient(t, server, 'bob');
    const alice = await newPage(t);
    await logIn(alice.page, server, 'correct horse');
    const first = await bob.send('@alice first');
    await keptPlace(alice.page, first.position);
    await alice.page.reload();
    await online(alice.page);
    await heard(alice.page, 'first');
    const live = await bob.send('@alice live');
    await heard(alice.page, 'live');
    await keptPlace(alice.page, live.position);
    assert.equal(await alice.page.locator('.line.away').count(), 0);
    await alice.page.goto('about:blank');
    await bob.send('@alice missed');
    await alice.page.goto(addressOf(server));
    await online(alice.page);
    await alice.page.locator('.line.away + .entry', { hasText: 'missed' }).waitFor();
    await assertUnharmed(alice);
  });

  test('who needs an invitation reads how to use it', async (t) => {
    const server = await webServer(t);
    await adminDone(server.dataFolder, 'registration', 'invite');
    const zoe = await newPage(t);
    await zoe.page.goto(addressOf(server));
    await zoe.page.getByLabel('Your name').fill('zoe');
    await zoe.page.keyboard.press('Enter');
    const command = `npx earshot join zoe chat://127.0.0.1:${server.port} --invitation CODE`;
    await zoe.page.getByRole('alert').filter({ hasText: command }).waitFor();
    await assertUnharmed(zoe);
  });

  test('where no password is taken because nothing is encrypted, the page says what to do', async (t) => {
    const { port: site } = await webServer(t);
    const standIn = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'history') peer.answer({ kind: 'history' });
      else if ('password' in request && request.password !== undefined) peer.refuse(426);
      else if (request.kind === 'register' && request.name === 'alice') peer.refuse(403);
      else return true;
      return false;
    });
    const server = await bridge(t, { site, chat: standIn.address.port });
    const whatToDo = `open https://127.0.0.1:${server.port}/`;
    const gina = await signedIn(t, server, 'gina');
    await choose(gina.page, 'Keep this name with a password');
    await gina.page.getByLabel('Password').fill('long enough for all');
    await gina.page.keyboard.press('Enter');
    await gina.page.locator('dialog').getByText(whatToDo).waitFor();
    const alice = await newPage(t);
    await alice.page.goto(addressOf(server));
    await alice.page.getByLabel('Your name').fill('alice');
    await alice.page.keyboard.press('Enter');
    await alice.page.getByLabel('Password').fill('correct horse');
    await alice.page.keyboard.press('Enter');
    await alice.page.getByText(whatToDo).waitFor();
    await assertUnharmed(gina);
    await assertUnharmed(alice);
  });
});
