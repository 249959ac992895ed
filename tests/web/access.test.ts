import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { findings } from './axe.ts';
import {
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  libraryClient,
  newPage,
  noBrowser,
  say,
  signIn,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** The states that the docs show. */
const pictured = ['chat-light', 'chat-narrow', 'chat-wide', 'menu-dark', 'side-narrow', 'sign-in-light'];
const pictures = path.resolve(import.meta.dirname, '../../docs/web');

/** After a change that people see, EARSHOT_RENEW_PICTURES=1 draws the pictures of the docs anew; look at each. */
async function picture(page: Page, name: string): Promise<void> {
  if (process.env.EARSHOT_RENEW_PICTURES === undefined || !pictured.includes(name)) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: path.join(pictures, `${name}.png`), animations: 'disabled' });
}

const fits = (page: Page): Promise<boolean> =>
  page.evaluate(
    'document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight',
  );

describe('the page for everybody', { skip: noBrowser }, () => {
  for (const { width, height, isDark, name } of [
    { width: 320, height: 600, isDark: false, name: 'narrow' },
    { width: 1_000, height: 640, isDark: false, name: 'light' },
    { width: 1_000, height: 640, isDark: true, name: 'dark' },
    { width: 2_560, height: 1_300, isDark: false, name: 'wide' },
  ])
    test(`${width} pixels wide, ${isDark ? 'dark' : 'light'}: axe finds nothing, and all fits`, async (t) => {
      const server = await webServer(t);
      const alice = await newPage(t, { width, height, isDark });
      const { page } = alice;
      await page.goto(`http://127.0.0.1:${server.port}/`);
      await page.getByLabel('Your name').waitFor();
      assert.deepEqual(await findings(page), []);
      await picture(page, `sign-in-${name}`);
      await signIn(page, server, 'alice');
      assert.deepEqual(await findings(page), []);
      const bob = await libraryClient(t, server, 'bob');
      const carol = await libraryClient(t, server, 'carol');
      const isNarrow = width < 700;
      const side = page.getByRole('button', { name: 'What you follow, and people' });
      if (isNarrow) await side.click();
      await follow(page, 'apple');
      await follow(page, 'deploy');
      if (isNarrow) {
        assert.deepEqual(await findings(page), []);
        assert.ok(await fits(page));
        await picture(page, `side-${name}`);
        await side.click();
      }
      await bob.send('Would you like an apple? There is one left in the kitchen.');
      await carol.send('The deploy of 1.4 is done: https://ci.example.org/runs/1204');
      await heard(page, 'The deploy of 1.4');
      await say(page, 'Yes please, @bob');
      await heard(page, 'Yes please');
      await bob.sendTo('alice', 'It is yours. Do not tell @carol.');
      await carol.send('@alice \u05e9\u05dc\u05d5\u05dd, \u05d9\u05e9 apple \u05e0\u05d5\u05e1\u05e3');
      await carol.attach({ name: 'menu.pdf', content: Buffer.alloc(48_000) }, { terms: ['apple'] });
      await page.getByRole('button', { name: 'Save menu.pdf' }).waitFor();
      assert.deepEqual(await findings(page), []);
      assert.ok(await fits(page));
      await picture(page, `chat-${name}`);
      await page.locator('.log .name').first().click();
      await page.getByRole('menu').waitFor();
      assert.deepEqual(await findings(page), []);
      if (!isNarrow) await picture(page, `menu-${name}`);
      await page.keyboard.press('Escape');
      await page.locator('.me summary').click();
      assert.deepEqual(await findings(page), []);
      await page.getByRole('button', { name: 'Keep this name' }).click();
      await page.getByRole('dialog').waitFor();
      assert.deepEqual(await findings(page), []);
      await assertUnharmed(alice);
    });
});
