import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { next } from '../support/client-events.ts';
import { findings } from './axe.ts';
import {
  addressOf,
  assertUnharmed,
  closeBrowser,
  heard,
  libraryClient,
  newPage,
  noBrowser,
  online,
  textsOf,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** A page that is used by its keyboard only. After each key, something has the focus. */
class Keys {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async press(key: string, times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.page.keyboard.press(key);
    await until(this.page, 'document.activeElement !== null && document.activeElement !== document.body');
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
  }

  /** Resolves when what matches `selector`, and has `text` in it or as its label, has the focus. */
  async at(selector: string, text = ''): Promise<void> {
    await until(this.page, isAt(selector, text));
  }

  /** Presses `key` until that has the focus. */
  async go(key: string, selector: string, text = ''): Promise<void> {
    for (let i = 0; i < 80; i++) {
      if ((await this.page.evaluate(isAt(selector, text))) === true) return;
      await this.press(key);
    }
    const at = await this.page.evaluate('document.activeElement.outerHTML.slice(0, 200)');
    assert.fail(`${key} does not lead to ${selector} ${text}, but to ${at}`);
  }

  /** The menu of the newest message, from the field. */
  async openNewest(): Promise<void> {
    await this.go('Shift+Tab', 'li.entry');
    await this.press('Enter');
    await this.at('[role=menuitem]');
  }

  async choose(...labels: readonly string[]): Promise<void> {
    for (const label of labels) {
      await this.go('ArrowDown', '[role=menuitem]', label);
      await this.press('Enter');
    }
  }

  async accessible(): Promise<void> {
    assert.deepEqual(await findings(this.page), []);
  }
}

const isAt = (selector: string, text: string): string => `(() => {
  const at = document.activeElement;
  const words = (at.getAttribute('aria-label') ?? '') + ' ' + at.textContent + ' ' + (at.labels?.[0]?.textContent ?? '');
  return at.matches(${JSON.stringify(selector)}) && words.includes(${JSON.stringify(text)});
})()`;

const field = '.composer textarea';

describe('the page by its keyboard alone', { skip: noBrowser }, () => {
  test('everything can be done, the focus is never lost, and axe finds nothing in any dialogue', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob', { follow: ['apple'] });
    const alice = await newPage(t);
    const { page } = alice;
    const keys = new Keys(page);
    await page.goto(addressOf(server));

    // Sign in.
    await keys.at('input[name=name]');
    await keys.type('alice');
    await keys.press('Enter');
    await online(page);
    await keys.at(field);

    // Follow a word, and show only what it brings.
    await keys.go('Shift+Tab', '.follow-form input');
    await keys.type('pear');
    await keys.press('Enter');
    await page.locator('.side .follow', { hasText: 'pear' }).waitFor();
    for (let i = 1; i <= 150; i++) void bob.send(`pear ${i}`);
    await bob.send('@alice pancakes for breakfast?');
    await heard(page, 'pancakes for breakfast');
    await keys.go('Tab', 'a.place', 'pear');
    await keys.press('Enter');
    await until(page, 'location.search === "?term=pear"');
    await keys.at(field);
    await until(
      page,
      `![...document.querySelectorAll('.log .text')].some(({ textContent }) => textContent.includes('pancakes'))`,
    );
    await keys.go('Shift+Tab', 'button', 'Show everything');
    await keys.press('Enter');
    await keys.at(field);

    // Send, and follow a word of a message.
    await keys.type('an apple too');
    await keys.press('Enter');
    await heard(page, 'an apple too');
    await keys.openNewest();
    await keys.press('Escape');
    await keys.at('li.entry');
    await keys.press('ArrowUp');
    await keys.press('Enter');
    await keys.accessible();
    await keys.choose('pancakes …', 'Follow pancakes');
    await page.locator('.side .follow', { hasText: 'pancakes' }).waitFor();
    await keys.press('Escape');
    await keys.at(field);
    // The button goes away with the word.
    await keys.go('Shift+Tab', 'button', 'Unfollow pancakes');
    await keys.press('Enter');
    await until(page, `document.querySelector('[aria-label="Unfollow pancakes"]') === null`);
    await keys.at(field);

    // Answer somebody in private.
    await bob.sendTo('alice', 'between us');
    await heard(page, 'between us');
    await keys.openNewest();
    await keys.choose('@bob …', 'Write to bob alone');
    await keys.at(field);
    const answered = next(bob, 'message');
    await keys.type('yes, between us');
    await keys.press('Enter');
    const answer = await answered;
    assert.deepEqual([answer.text, answer.to], ['yes, between us', 'bob']);

    // Attach a file by the picker, to bob alone and then to the followers of a word.
    for (const isPrivate of [true, false]) {
      const attached = next(bob, 'attachment');
      const chooser = page.waitForEvent('filechooser');
      await keys.go('Shift+Tab', 'button', 'Attach files');
      await keys.press('Enter');
      await (await chooser).setFiles({
        name: 'menu.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('pancakes'),
      });
      await page.getByRole('dialog').waitFor();
      await keys.accessible();
      if (!isPrivate) {
        await keys.go('Tab', 'dialog input');
        await keys.type('apple');
      }
      await keys.go('Tab', 'dialog button', 'Send');
      await keys.press('Enter');
      await keys.at('button', 'Attach files');
      assert.equal((await attached).to, isPrivate ? 'bob' : undefined);
      if (!isPrivate) continue;
      await keys.go('Shift+Tab', 'button', 'Show everything');
      await keys.press('Enter');
      await keys.at(field);
    }

    // Save a file.
    await bob.attach({ name: 'card.txt', content: Buffer.from('a card') }, { to: 'alice' });
    await page.getByRole('button', { name: 'Save card.txt' }).waitFor();
    const download = page.waitForEvent('download');
    await keys.go('Shift+Tab', 'button', 'Save card.txt');
    await keys.press('Enter');
    assert.equal((await download).suggestedFilename(), 'card.txt');

    // Up in the history, to its beginning, and back.
    await keys.press('Escape');
    await keys.at(field);
    await keys.go('Shift+Tab', 'li.entry');
    for (let i = 0; i < 60 && !(await textsOf(page)).includes('pear 1'); i++) await keys.press('PageUp');
    await heard(page, 'pear 1');
    await keys.at('li.entry');
    await keys.press('PageDown');
    await keys.at('li.entry');
    await keys.press('Escape');
    await keys.at(field);

    // Search.
    await keys.go('Shift+Tab', 'input[type=search]');
    await keys.type('pear 149');
    await keys.press('Enter');
    await until(page, 'location.search === "?search=pear%20149"');
    await heard(page, 'pear 149');
    await keys.at(field);
    await keys.accessible();
    await keys.go('Shift+Tab', 'button', 'Show everything');
    await keys.press('Enter');

    // Mute somebody, and show them again.
    await bob.send('@alice, a last word?');
    await heard(page, 'a last word?');
    // New messages are said by a log of their own.
    await page.getByRole('log').getByText('bob: @alice, a last word?').waitFor({ state: 'attached' });
    await keys.openNewest();
    await keys.choose('@bob …', 'Mute @bob for two hours');
    await until(
      page,
      `![...document.querySelectorAll('.log .text')].some(({ textContent }) => textContent.includes('a last word'))`,
    );
    await keys.press('Escape');
    await keys.at(field);

    // Make an account, change its password, look at its logins.
    await keys.go('Shift+Tab', '.me summary');
    await keys.press('Enter');
    await keys.go('Tab', 'button', 'Keep this name');
    await keys.press('Enter');
    await keys.at('dialog input[type=password]');
    await keys.accessible();
    await keys.type('correct horse');
    await keys.press('Enter');
    await keys.at('.me summary');
    await keys.press('Enter');
    await keys.accessible();
    await keys.press('Escape');
    await keys.at('.me summary');
    await keys.press('Enter');
    await keys.go('Tab', 'button', 'Password and logins');
    await keys.press('Enter');
    await page.getByText('this browser').waitFor();
    await keys.at('dialog input');
    await keys.type('correct horse');
    await keys.press('Tab');
    await keys.type('another horse');
    await keys.press('Enter');
    await page.getByText('The password is changed').waitFor();
    await keys.accessible();
    await keys.press('Escape');
    await keys.at('.me summary');
    await libraryClient(t, server, 'alice', { password: 'another horse' });
    await keys.press('Enter');
    await keys.go('Tab', 'button', 'Password and logins');
    await keys.press('Enter');
    await keys.go('Tab', 'button', 'End login');
    await keys.press('Enter');
    await until(page, 'document.querySelectorAll(".devices li").length === 1');
    await keys.go('Tab', 'dialog button', 'Close');
    await keys.press('Enter');
    await keys.at('.me summary');

    // Sign out.
    await keys.press('Enter');
    await keys.go('Tab', 'button', 'Sign out');
    await page.keyboard.press('Enter');
    await keys.at('input[name=name]');
    await keys.accessible();
    await assertUnharmed(alice);
  });

  test('Escape closes the column of a narrow page, and keeps the focus', async (t) => {
    const server = await webServer(t);
    const alice = await newPage(t, { width: 320, height: 568 });
    const { page } = alice;
    const keys = new Keys(page);
    await page.goto(addressOf(server));
    await keys.at('input[name=name]');
    await keys.type('alice');
    await keys.press('Enter');
    await keys.at(field);
    await keys.go('Shift+Tab', '.side-button');
    await keys.press('Enter');
    await keys.go('Tab', '.follow-form input');
    await keys.press('Escape');
    await keys.at('.side-button[aria-expanded=false]');
    await assertUnharmed(alice);
  });
});
