import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { WireClient } from '../support/wire-client.ts';
import {
  addressOf,
  assertUnharmed,
  closeBrowser,
  follow,
  heard,
  newPage,
  noBrowser,
  signIn,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

const many = Number(process.env.EARSHOT_WEB_MESSAGES ?? 3_000);

/**
 * How long each of so many frames took, in milliseconds, while `step` ran once in each. Times are only told: they depend
 * on the machine. EARSHOT_WEB_MESSAGES=50000 is for those who measure (docs/decisions/0037).
 */
const framesOf = (step: string, frames: number): string => `new Promise((resolve) => {
  const times = [];
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    times.push(now - last);
    last = now;
    ${step};
    if (times.length < ${frames}) requestAnimationFrame(frame);
    else resolve(times.slice(1).sort((a, b) => a - b));
  };
  requestAnimationFrame(frame);
})`;

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? 0;

describe('a page with many messages', { skip: noBrowser }, () => {
  test('it is ready to type after its HTML, again and again', async (t) => {
    const server = await webServer(t);
    const { page } = await newPage(t);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      await page.goto(addressOf(server), { waitUntil: 'commit' });
      await page.getByLabel('Your name').waitFor();
      times.push(
        await page.evaluate('performance.now() - performance.getEntriesByType("navigation")[0].responseEnd'),
      );
    }
    times.sort((a, b) => a - b);
    t.diagnostic(`ready after ${times.map((ms) => Math.round(ms)).join(', ')} ms`);
  });

  test(`${many} messages scroll with few rows drawn, and typing goes on while more arrive`, async (t) => {
    const server = await webServer(t, { limits: { messageBurst: 1_000_000 } });
    const alice = await newPage(t);
    const { page } = alice;
    await signIn(page, server, 'alice');
    await follow(page, 'line');
    const nc = await WireClient.register(t, server, 'bob');
    for (let i = 0; i < many; i += 500) {
      let lines = '';
      for (let j = i + 1; j <= Math.min(many, i + 500); j++)
        lines += `line ${j}: ${'with some more words '.repeat(j % 7)}\n`;
      nc.send(lines);
      // Thousands come between two frames, and no more than the page can take.
      if (i % 5_000 === 4_500) await heard(page, `line ${Math.min(many, i + 500)}:`);
    }
    await heard(page, `line ${many}:`);
    const scrolled = await page.evaluate<number[]>(
      framesOf('document.querySelector(".log").scrollTop -= 700', 150),
    );
    t.diagnostic(
      `frames while scrolling: median ${at(scrolled, 0.5).toFixed(1)} ms, 95 % ${at(scrolled, 0.95).toFixed(1)} ms, longest ${at(scrolled, 1).toFixed(1)} ms`,
    );
    const drawn = await page.locator('.log li').count();
    assert.ok(drawn < 300, `${drawn} rows are drawn`);
    await page.evaluate('document.querySelector(".log").scrollTop = 1e9');

    let sent = 0;
    const timer = setInterval(() => nc.send(`line extra ${++sent}\nline extra ${++sent}\n`), 10);
    try {
      const field = page.locator('.composer textarea');
      await field.focus();
      await page.evaluate(`
        globalThis.latencies = [];
        document.querySelector('.composer textarea').addEventListener('keydown', (event) => {
          requestAnimationFrame(() => setTimeout(() => globalThis.latencies.push(performance.now() - event.timeStamp)));
        });
      `);
      for (const letter of 'the quick brown fox jumps over the lazy dog')
        await page.keyboard.press(letter === ' ' ? 'Space' : letter);
      await until(page, 'globalThis.latencies.length >= 40');
      const latencies = (await page.evaluate<number[]>('globalThis.latencies')).sort((a, b) => a - b);
      t.diagnostic(
        `from key to frame with 200 messages a second: median ${at(latencies, 0.5).toFixed(1)} ms, 95 % ${at(latencies, 0.95).toFixed(1)} ms`,
      );
      assert.equal(await field.inputValue(), 'the quick brown fox jumps over the lazy dog');
    } finally {
      clearInterval(timer);
    }
    await assertUnharmed(alice);
  });
});
