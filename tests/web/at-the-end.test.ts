import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { WireClient } from '../support/wire-client.ts';
import {
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  noBrowser,
  signedIn,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

const leftEnd = (page: Page): Promise<unknown> =>
  page.evaluate(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() =>
    resolve(document.querySelector('.to-end') !== null))))`);

/** The pixels below what is visible. */
const below = `(() => {
  const { scrollTop, clientHeight, scrollHeight } = document.querySelector('.log');
  return scrollHeight - scrollTop - clientHeight;
})()`;

describe('the end of the timeline in a browser', { skip: noBrowser }, () => {
  test('who writes a text of several lines stays at the end', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    await follow(page, 'line');
    const nc = await WireClient.register(t, server, 'bob');
    nc.send(Array.from({ length: 60 }, (_, i) => `line ${i + 1}\n`).join(''));
    await heard(page, 'line 60');
    const field = page.locator('.composer textarea');
    const heightOf = async (): Promise<number> => (await field.boundingBox())?.height ?? 0;
    const oneLine = await heightOf();
    await field.fill('several words of which the field can show no more in one line. '.repeat(3));
    const twoLines = await heightOf();
    assert.ok(twoLines > oneLine + 10, `${oneLine} and ${twoLines}`);
    assert.equal(await leftEnd(page), false);
    for (const key of ['a', 'b', 'Backspace', 'c']) {
      await page.keyboard.press(key);
      assert.equal(await leftEnd(page), false, key);
    }
    nc.send('line 61\n');
    await heard(page, 'line 61');
    await until(page, `${below} < 2`);
    await field.fill('short');
    assert.equal(await heightOf(), oneLine);
    assert.equal(await leftEnd(page), false);
    await until(page, `${below} < 2`);
    await assertUnharmed(alice);
  });

  test('who scrolls up stays there while lines come, and comes back', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    await follow(page, 'line');
    const nc = await WireClient.register(t, server, 'bob');
    nc.send(Array.from({ length: 300 }, (_, i) => `line ${i + 1}\n`).join(''));
    await heard(page, 'line 300');
    await page.locator('.log').hover();
    await page.mouse.wheel(0, -1_500);
    await page.locator('.to-end').waitFor();
    const topText = `[...document.querySelectorAll('.log .entry')].find((row) =>
      row.getBoundingClientRect().top >= document.querySelector('.log').getBoundingClientRect().top)
      .querySelector('.text').textContent`;
    await until(page, 'document.querySelector(".log li") !== null');
    const before = await page.evaluate(topText);
    for (let i = 301; i <= 320; i++) nc.send(`line ${i}\n`);
    await page.getByRole('button', { name: '↓ newest (20)' }).waitFor();
    assert.equal(await page.evaluate(topText), before);
    await page.locator('.to-end').click();
    await heard(page, 'line 320');
    await until(page, `document.querySelector('.to-end') === null && ${below} < 2`);
    await assertUnharmed(alice);
  });
});
