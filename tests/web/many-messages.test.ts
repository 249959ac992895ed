import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { arrivalsMs } from '../../src/web/view/drawing.ts';
import { WireClient } from '../support/wire-client.ts';
import {
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  noBrowser,
  signedIn,
  textsOf,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

const many = 3_000;
const letters = 'the quick brown fox jumps over the lazy dog';

/** How fast the page is with many messages, `npm run bench -- web` tells. */
describe('a page with many messages', { skip: noBrowser }, () => {
  test(`${many} messages at once scroll with few rows drawn, and typing goes on while more arrive, drawn together`, async (t) => {
    const server = await webServer(t, { limits: { messageBurst: 1_000_000 } });
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    await follow(page, 'line');
    const nc = await WireClient.register(t, server, 'bob');
    let lines = '';
    for (let i = 1; i <= many; i++) lines += `line ${i}: ${'with some more words '.repeat(i % 7)}\n`;
    nc.send(lines);
    await heard(page, `line ${many}:`);
    const drawn = async (): Promise<number> => page.locator('.log li').count();
    assert.ok((await drawn()) < 300, `${await drawn()} rows are drawn`);
    await page.evaluate(`new Promise((resolve) => {
      let frames = 0;
      const frame = () => {
        document.querySelector('.log').scrollTop -= 700;
        if (++frames < 50) requestAnimationFrame(frame);
        else requestAnimationFrame(() => requestAnimationFrame(resolve));
      };
      frame();
    })`);
    const numbers = (await textsOf(page)).map((text) => Number(/^line (\d+)/.exec(text)?.[1]));
    const [first = 0] = numbers;
    assert.ok(first > 1 && first < many - 500, `scrolled to ${first}`);
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => first + i),
    );
    assert.ok((await drawn()) < 300, `${await drawn()} rows are drawn`);
    await page.locator('.to-end').click();
    await heard(page, `line ${many}:`);

    await page.evaluate(`{
      globalThis.draws = { count: 0, startMs: performance.now() };
      new MutationObserver(() => globalThis.draws.count++).observe(document.querySelector('.log ol'), { childList: true });
    }`);
    let sent = 0;
    const timer = setInterval(() => nc.send(`line extra ${++sent}\nline extra ${++sent}\n`), 10);
    t.after(() => clearInterval(timer));
    const field = page.locator('.composer textarea');
    await field.focus();
    for (const letter of letters) await page.keyboard.press(letter === ' ' ? 'Space' : letter);
    assert.equal(await field.inputValue(), letters);
    clearInterval(timer);
    nc.send('line at last\n');
    await heard(page, 'line at last');
    await until(page, 'document.querySelector(".to-end") === null');
    const { count, ms } = await page.evaluate<{ readonly count: number; readonly ms: number }>(
      '({ count: draws.count, ms: performance.now() - draws.startMs })',
    );
    // What rows turn out lower than guessed leave empty is drawn with the next frame.
    assert.ok(count > 0 && count <= 2 * (ms / arrivalsMs + 2), `${count} draws in ${ms} ms`);
    await assertUnharmed(alice);
  });
});
