import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { randomFrom } from '../support/random.ts';
import { makeAccounts } from '../support/server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
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
  reconnectNow,
  say,
  until,
} from './browser.ts';

after(closeBrowser);

const cuts = Number(process.env.EARSHOT_WEB_CUTS ?? 50);
const seed = Number(process.env.EARSHOT_SEED ?? 37);

/** What is broken off, and how often in ten times. */
const kinds = [
  ...Array<'client'>(3).fill('client'),
  ...Array<'server'>(3).fill('server'),
  ...Array<'reload'>(2).fill('reload'),
  'close the tab',
  'kill the server',
] as const;

const password = 'correct horse battery';

/** Each line of the page by its position, from the last one up to `first`. Fails when they stand in another order. */
async function linesUpTo(page: Page, first: string): Promise<string[]> {
  const lines = new Map<number, string>();
  for (let step = 0; ![...lines.values()].includes(first); step++) {
    assert.ok(step < 500, `${first} is not in the page`);
    const drawn = await page.evaluate<[number, string][]>(
      `[...document.querySelectorAll('.log .entry')].map((row) =>
        [Number(row.dataset.key), row.querySelector('.text').textContent])`,
    );
    const positions = drawn.map(([position]) => position);
    assert.deepEqual(
      positions,
      [...new Set(positions)].sort((a, b) => a - b),
    );
    for (const [position, text] of drawn) lines.set(position, text);
    // Two frames: in the first one the rows are drawn.
    await page.evaluate(`new Promise((resolve) => {
      document.querySelector('.log').scrollTop -= 600;
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    })`);
  }
  return [...lines].sort(([a], [b]) => a - b).map(([, text]) => text);
}

/** Resolves when the page is online, without waiting for as long as it would. */
async function backOnline(page: Page): Promise<void> {
  await until(page, 'document.querySelector(".status.online, .status button")');
  if (await page.getByRole('button', { name: 'Reconnect now' }).isVisible()) await reconnectNow(page);
  await online(page);
}

describe('breaking off in a browser', { skip: noBrowser }, () => {
  test(`${cuts} cuts, killed servers, and pages that are loaded again or closed: each message once and in order`, async (t) => {
    const random = randomFrom(seed);
    const dataFolder = await temporaryFolder(t);
    await makeAccounts(dataFolder, { alice: password, bob: password });
    const start = () => startServerProcess(t, ['--data', dataFolder, '--message-rate', '0']);
    let server = await start();
    const proxy = await CuttingProxy.open(t, server.port);
    const bob = await libraryClient(t, server, 'bob', { password, follow: ['pear'] });
    const got: string[] = [];
    bob.on('message', ({ text }) => got.push(text));

    let alice = await newPage(t, { height: 2_000 });
    await alice.page.goto(addressOf(proxy));
    await alice.page.getByLabel('Your name').fill('alice');
    await alice.page.keyboard.press('Enter');
    await alice.page.getByLabel('Password').fill(password);
    await alice.page.keyboard.press('Enter');
    await online(alice.page);
    await follow(alice.page, 'apple');

    const [apples, pears]: [string[], string[]] = [[], []];
    const done = new Map<string, number>();
    for (let i = 1; i <= cuts; i++) {
      // Each kind, however few the cuts are.
      const kind = kinds[i <= kinds.length ? i - 1 : Math.floor(random() * kinds.length)] ?? 'client';
      done.set(kind, (done.get(kind) ?? 0) + 1);
      const isCut = kind === 'client' || kind === 'server';
      const cut = isCut ? proxy.cut(Math.floor(random() * 60), kind) : undefined;
      apples.push(`apple ${i}`, `apple ${i}b`);
      pears.push(`pear ${i}`);
      const sent = [bob.send(`apple ${i}`)];
      await say(alice.page, `pear ${i}`);
      sent.push(bob.send(`apple ${i}b`));
      if (kind === 'kill the server') {
        await server.end('SIGKILL');
        server = await start();
        proxy.target = server.port;
        bob.reconnectNow();
      } else if (kind === 'close the tab') {
        await alice.page.close();
        assert.deepEqual(alice.faults, []);
        alice = await newPage(t, { context: alice.context });
        await alice.page.goto(addressOf(proxy));
      } else if (kind === 'reload') await alice.page.reload();
      await cut;
      await Promise.all(sent);
      await backOnline(alice.page);
    }
    t.diagnostic(`seed ${seed}: ${[...done].map(([kind, times]) => `${kind} ${times}`).join(', ')}`);

    await until(alice.page, 'document.querySelectorAll(".waiting li").length === 0');
    await bob.send('the last apple');
    await heard(alice.page, 'the last apple');
    const check = async (): Promise<void> => {
      const lines = await linesUpTo(alice.page, 'apple 1');
      const beginning = (start: string): string[] => lines.filter((line) => line.startsWith(start));
      assert.deepEqual(beginning('apple'), apples, 'each line for the page stands there once, in order');
      assert.deepEqual(beginning('pear'), pears, 'each line of the page stands there once, in order');
    };
    await check();
    await alice.page.reload();
    await heard(alice.page, 'the last apple');
    await check();
    assert.deepEqual(got, pears, 'each line of the page was stored once, in order');
    await assertUnharmed(alice);
  });
});
