import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { hostile, sayable, tellAll, timeMs } from '../support/hostile-server.ts';
import { harmIn } from '../support/hostile-texts.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { bridge } from './bridge.ts';
import {
  assertUnharmed,
  closeBrowser,
  heard,
  noBrowser,
  reconnectNow,
  say,
  signedIn,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** Fails when something of a stranger is shown that deceives, or is markup. */
async function assertHarmless(page: Page): Promise<void> {
  const shown = (await page.locator('body').textContent()) ?? '';
  assert.equal(harmIn(shown, 'pipe'), undefined);
  const foreign =
    'document.querySelectorAll("#app script, #app iframe, #app style, #app link, #app img, #app svg").length';
  assert.equal(await page.evaluate(foreign), 0);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
}

describe('a hostile server and a browser', { skip: noBrowser }, () => {
  test('whatever the chat of a server says, nothing of it runs or deceives', async (t) => {
    const { port: site } = await webServer(t);
    const standIn = await startChat11StandIn(t, hostile());
    const server = await bridge(t, { site, chat: standIn.address.port });
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    await until(page, 'document.querySelectorAll(".log .entry").length > 0');
    await assertHarmless(page);
    const peer = standIn.peers.at(-1);
    assert.ok(peer !== undefined);
    tellAll(peer, 1_000);
    for (const text of sayable) peer.tell({ kind: 'notice', text });
    peer.tell({ kind: 'gap', from: 2_000, to: 3_000 });
    peer.tell({ kind: 'message', position: 4_000, from: 'eve', timeMs, text: 'the end' });
    await heard(page, 'the end');
    await assertHarmless(page);
    await page.evaluate('document.querySelector(".log").scrollTop = 0');
    await until(page, 'document.querySelector(".log").scrollTop === 0');
    await assertHarmless(page);
    // The server refuses what is said, with a reason that is hostile.
    await say(page, 'refuse this');
    await page.locator('.waiting .refused').waitFor();
    await assertHarmless(page);
    assert.equal(harmIn(await page.title(), 'pipe'), undefined);
    await assertUnharmed(alice);
  });

  test('what makes no sense ends the connection, and the page says so', async (t) => {
    const { port: site } = await webServer(t);
    const standIn = await startChat11StandIn(t, hostile());
    const server = await bridge(t, { site, chat: standIn.address.port });
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    // It is offline for a moment only.
    await page.evaluate(`{
      globalThis.timesOffline = 0;
      let isOffline = false;
      const look = () => {
        const wasOffline = isOffline;
        isOffline = document.querySelector('.status.offline') !== null;
        if (isOffline && !wasOffline) globalThis.timesOffline++;
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    }`);
    for (const [nth, nonsense] of [
      'MESSAGE\nPosition: -1\n\n',
      `${'x'.repeat(100_000)}\n`,
      '200 OK\nBytes: 99999999999999999999\n\n',
      '\0\u0001\u0002<script>alert(1)</script>\n\n',
    ].entries()) {
      standIn.peers.at(-1)?.say(nonsense);
      await until(page, `globalThis.timesOffline > ${nth}`);
      await reconnectNow(page);
      await standIn.until(() => standIn.connections === nth + 2);
      await page.locator('.status.online').waitFor();
      await assertHarmless(page);
    }
    await assertUnharmed(alice);
  });

  test('a server that refuses the history is not asked again with each line that is drawn', async (t) => {
    const { port: site } = await webServer(t);
    const standIn = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind !== 'history') return true;
      if (asked() > 1) peer.refuse(503);
      else {
        peer.tell({ kind: 'message', position: 50, from: 'eve', timeMs, text: 'at 50', replay: true });
        peer.answer({ kind: 'history' });
      }
      return false;
    });
    const asked = (): number => standIn.requests.filter(({ kind }) => kind === 'history').length;
    const server = await bridge(t, { site, chat: standIn.address.port });
    const alice = await signedIn(t, server, 'alice');
    await heard(alice.page, 'at 50');
    await standIn.until(() => asked() === 2);
    for (let position = 51; position < 60; position++) {
      standIn.peers.at(-1)?.tell({ kind: 'message', position, from: 'eve', timeMs, text: `at ${position}` });
      await heard(alice.page, `at ${position}`);
    }
    // Once more at most: the time after which it is asked again may be over on a slow machine.
    assert.ok(asked() <= 3, `${asked()} requests`);
    await assertUnharmed(alice);
  });

  test('positions that go back, repeat or leap make no line twice and keep their order', async (t) => {
    const { port: site } = await webServer(t);
    const standIn = await startChat11StandIn(t, (request) => {
      if (request.kind !== 'history') return true;
      standIn.peers.at(-1)?.answer({ kind: 'history' });
      return false;
    });
    const server = await bridge(t, { site, chat: standIn.address.port });
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    const peer = standIn.peers.at(-1);
    for (const position of [5, 3, 5, 9, 8, Number.MAX_SAFE_INTEGER - 1, 10])
      peer?.tell({ kind: 'message', position, from: 'eve', timeMs, text: `at ${position}` });
    await heard(page, `at ${Number.MAX_SAFE_INTEGER - 1}`);
    assert.deepEqual(await page.locator('.log .entry .text').allTextContents(), [
      'at 5',
      'at 9',
      `at ${Number.MAX_SAFE_INTEGER - 1}`,
    ]);
    await assertUnharmed(alice);
  });
});
