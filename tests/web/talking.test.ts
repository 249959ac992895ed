import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { joinCommands } from '../../src/protocol/commands/command-table.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { WireClient } from '../support/wire-client.ts';
import { bridge } from './bridge.ts';
import {
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
  signIn,
  textsOf,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

describe('talking in a browser', { skip: noBrowser }, () => {
  test('from nothing to a message between a browser and nc', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    await follow(alice.page, 'apple');
    const nc = await WireClient.register(t, server, 'bob');
    nc.send('Would you like an apple?\n');
    await heard(alice.page, 'Would you like an apple?');
    assert.deepEqual(await alice.page.locator('.log mark').allTextContents(), ['apple']);
    await say(alice.page, 'yes please, @bob');
    assert.equal(await nc.line(), '@alice: yes please, @bob');
    await alice.page.getByText('Your last line reached 1 person.').waitFor();
    nc.send('a pineapple\n');
    nc.send('pears and apples, an apple!\n');
    await heard(alice.page, 'pears and apples');
    assert.deepEqual(await textsOf(alice.page), [
      'Would you like an apple?',
      'yes please, @bob',
      'pears and apples, an apple!',
    ]);
    await assertUnharmed(alice);
  });

  test('a private text reaches its two people only, and unread ones are counted', async (t) => {
    const server = await webServer(t);
    const [alice, bob, carol] = [await newPage(t), await newPage(t), await newPage(t)];
    await signIn(alice.page, server, 'alice');
    await signIn(bob.page, server, 'bob');
    await signIn(carol.page, server, 'carol');
    for (const { page } of [alice, bob, carol]) await follow(page, 'secret');
    await bob.page.reload();
    await online(bob.page);
    await bob.page.locator('.side').getByText('alice').click();
    assert.match(bob.page.url(), /\?with=alice$/);
    await say(bob.page, 'a secret for you');
    await heard(alice.page, 'a secret for you');
    await say(carol.page, 'no secret at all');
    await heard(alice.page, 'no secret at all');
    await bob.page.locator('.side .count').first().waitFor();
    assert.deepEqual(await textsOf(carol.page), ['no secret at all']);
    assert.deepEqual(await textsOf(bob.page), ['a secret for you'], 'the filter shows no other');
    assert.match(await bob.page.title(), /^\(1\) /);
    await bob.page.getByRole('button', { name: 'Show everything' }).click();
    await heard(bob.page, 'no secret at all');
    await until(bob.page, 'document.title === "earshot"');
    await alice.page.goto(`http://127.0.0.1:${server.port}/?with=bob`);
    await heard(alice.page, 'a secret for you');
    assert.deepEqual(await textsOf(alice.page), ['a secret for you']);
    for (const watched of [alice, bob, carol]) await assertUnharmed(watched);
  });

  test('a click on a word follows it, shows only it, and mutes a person', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    await follow(alice.page, 'apple');
    const bob = await libraryClient(t, server, 'bob');
    await bob.send('apple pancakes');
    await heard(alice.page, 'apple pancakes');
    const text = alice.page.locator('.log .text').first();
    const box = await text.boundingBox();
    assert.ok(box);
    await alice.page.mouse.click(box.x + 90, box.y + box.height / 2);
    await alice.page.getByRole('menuitem', { name: 'Follow pancakes' }).click();
    await bob.send('pancakes are ready');
    await heard(alice.page, 'pancakes are ready');
    await bob.send('an apple only');
    await heard(alice.page, 'an apple only');
    await alice.page.locator('.side').getByRole('link', { name: 'pancakes' }).click();
    await until(alice.page, 'document.querySelectorAll(".log .text").length === 2');
    assert.deepEqual(await textsOf(alice.page), ['apple pancakes', 'pancakes are ready']);
    await alice.page.goBack();
    await heard(alice.page, 'an apple only');
    await alice.page.locator('.log .name').first().click();
    await alice.page.getByRole('menuitem', { name: 'Mute @bob' }).click();
    await until(alice.page, 'document.querySelectorAll(".log .text").length === 0');
    await alice.page.getByLabel('Unfollow pancakes').click();
    await until(alice.page, 'document.querySelectorAll(".side .follow").length === 1');
    await assertUnharmed(alice);
  });

  test('a name with an account asks for its password, and a guest can make one', async (t) => {
    const server = await webServer(t, { accounts: { anna: 'correct horse battery' } });
    const anna = await newPage(t);
    await anna.page.goto(`http://127.0.0.1:${server.port}/`);
    await anna.page.getByLabel('Your name').fill('anna');
    await anna.page.keyboard.press('Enter');
    await anna.page.getByLabel('Password').fill('wrong password');
    await anna.page.keyboard.press('Enter');
    await anna.page.getByText('That is not the password of anna.').waitFor();
    await anna.page.getByLabel('Password').fill('correct horse battery');
    await anna.page.keyboard.press('Enter');
    await online(anna.page);
    await anna.page.reload();
    await online(anna.page);

    const guest = await signedIn(t, server, 'gina');
    await guest.page.locator('.me summary').click();
    await guest.page.getByRole('button', { name: 'Keep this name with a password' }).click();
    await guest.page.getByLabel('Password').fill('short');
    await guest.page.keyboard.press('Enter');
    await guest.page.locator('dialog .problem').waitFor();
    await guest.page.getByLabel('Password').fill('long enough for all');
    await guest.page.keyboard.press('Enter');
    await guest.page.locator('dialog').waitFor({ state: 'detached' });
    await guest.page.reload();
    await online(guest.page);
    assert.equal(await guest.page.locator('.me summary').textContent(), 'gina');
    const other = await newPage(t);
    await other.page.goto(`http://127.0.0.1:${server.port}/`);
    await other.page.getByLabel('Your name').fill('gina');
    await other.page.keyboard.press('Enter');
    await other.page.getByLabel('Password').fill('long enough for all');
    await other.page.keyboard.press('Enter');
    await online(other.page);
    for (const watched of [anna, guest, other]) await assertUnharmed(watched);
  });

  test('it says who will hear a line while it is typed', async (t) => {
    const server = await webServer(t);
    for (const [name, follow] of Object.entries({
      bob: 'apple,tea',
      carol: 'apple,tea',
      dave: 'apple,tea',
      eve: 'secret',
    }))
      await libraryClient(t, server, name, { follow: follow.split(',') });
    const alice = await signedIn(t, server, 'alice');
    const field = alice.page.locator('.composer textarea');
    await field.pressSequentially('an apple');
    await alice.page.getByText('3 people online hear this: apple').waitFor();
    await field.fill('a secret');
    await alice.page.getByText('A few people online hear this').waitFor();
    await field.fill('coffee');
    await alice.page.getByText(/Nobody online hears this; people follow (apple, tea|tea, apple)$/).waitFor();
    assert.deepEqual(await textsOf(alice.page), []);
    await assertUnharmed(alice);
  });

  test('a command of the terminal is not said, and the reason stays', async (t) => {
    const { port: site } = await webServer(t);
    // Who will hear the line is answered late.
    const standIn = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind === 'history') peer.answer({ kind });
      return kind !== 'history' && kind !== 'audience';
    });
    const server = await bridge(t, { site, chat: standIn.address.port });
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    const field = page.locator('.composer textarea');
    const reason = page.locator('#hint', { hasText: 'That is a command of the terminal.' });
    await field.fill('!follow apple');
    await standIn.until(() => standIn.kinds().includes('audience'));
    await page.keyboard.press('Enter');
    await reason.waitFor();
    const peer = standIn.peers.at(-1);
    peer?.answer({ kind: 'audience', people: 0, few: false, terms: [] });
    peer?.tell({ kind: 'notice', text: 'it was answered' });
    await page.getByText('it was answered').waitFor();
    assert.equal(await reason.count(), 1);
    for (const command of Object.keys(joinCommands)) {
      await say(page, command);
      assert.equal(await field.inputValue(), command);
    }
    assert.ok(!standIn.kinds().includes('send'));
    await assertUnharmed(alice);
  });

  test('history is read upwards without end', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    await follow(alice.page, 'line');
    const bob = await libraryClient(t, server, 'bob');
    for (let i = 1; i <= 700; i++) void bob.send(`line ${i}`);
    await heard(alice.page, 'line 700');
    await alice.page.reload();
    await heard(alice.page, 'line 700');
    await until(
      alice.page,
      `(() => {
      const log = document.querySelector('.log');
      log.scrollTop = 0;
      return [...log.querySelectorAll('.text')].some((text) => text.textContent === 'line 1');
    })()`,
    );
    await alice.page.getByRole('button', { name: /newest/ }).click();
    await heard(alice.page, 'line 700');
    await alice.page.getByLabel('Search for words').fill('13');
    await alice.page.keyboard.press('Enter');
    await until(alice.page, 'document.querySelectorAll(".log .text").length === 1');
    assert.deepEqual(await textsOf(alice.page), ['line 13']);
    await assertUnharmed(alice);
  });

  test('a search takes several words and phrases, finds private messages, and is an address', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    await follow(page, 'apple');
    const bob = await libraryClient(t, server, 'bob');
    await bob.send('the apple in the garden is ripe');
    await bob.sendTo('alice', 'the apple is ripe, between us');
    for (let i = 1; i <= 450; i++) void bob.send(`apple ${i}`);
    await heard(page, 'apple 450');
    await page.reload();
    await heard(page, 'apple 450');
    const search = page.getByLabel('Search for words');
    await search.fill('apple ripe');
    await page.keyboard.press('Enter');
    await heard(page, 'in the garden');
    assert.deepEqual(await textsOf(page), [
      'the apple in the garden is ripe',
      'the apple is ripe, between us',
    ]);
    assert.match(page.url(), /\?search=apple%20ripe$/);
    assert.deepEqual(await page.locator('.log mark').allTextContents(), ['apple', 'ripe', 'apple', 'ripe']);
    await search.fill('"apple is ripe"');
    await page.keyboard.press('Enter');
    await until(page, 'document.querySelectorAll(".log .text").length === 1');
    await heard(page, 'between us');
    await page.goBack();
    await until(page, 'document.querySelectorAll(".log .text").length === 2');
    await page.reload();
    await heard(page, 'in the garden');
    await bob.send('another apple is ripe');
    await heard(page, 'another apple is ripe');
    await search.fill('one two three four five six seven eight nine');
    await page.keyboard.press('Enter');
    await page.locator('.search').getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Show everything' }).click();
    await heard(page, 'apple 450');
    await assertUnharmed(alice);
  });
});
