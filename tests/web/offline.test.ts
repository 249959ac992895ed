import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { builtSite } from '../../src/server/http/site.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
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
  say,
  signedIn,
  textsOf,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** Resolves when the page can be opened without its server. */
async function kept(page: Page): Promise<void> {
  await until(page, 'navigator.serviceWorker.controller !== null');
  await until(page, `caches.keys().then((names) => names.length === 1)`);
}

/** Resolves when the browser keeps `count` messages for a page without a connection. */
const keptMessages = (page: Page, count: number): Promise<void> =>
  until(
    page,
    `new Promise((resolve) => {
      const opening = indexedDB.open('earshot');
      opening.onsuccess = () => {
        const reading = opening.result.transaction('recent').objectStore('recent').get('alice');
        reading.onsuccess = () => resolve(reading.result?.length === ${count});
      };
    })`,
  );

describe('the page without its server', { skip: noBrowser }, () => {
  test('shows what was there, and sends once what was written, when the server is back', async (t) => {
    const dataFolder = await temporaryFolder(t);
    const first = await webServer(t, { dataFolder });
    const proxy = await CuttingProxy.open(t, first.port);
    const alice = await signedIn(t, proxy, 'alice');
    await follow(alice.page, 'apple');
    const bob = await libraryClient(t, first, 'bob');
    await bob.send('an apple before');
    await heard(alice.page, 'an apple before');
    await kept(alice.page);
    await keptMessages(alice.page, 1);
    await bob.close();
    await first.close();
    proxy.target = 1;
    await alice.page.close();
    for (const [visit, line] of ['an apple on a train', 'an apple in a tunnel'].entries()) {
      const offline = await newPage(t, { context: alice.context });
      await offline.page.goto(`${addressOf(proxy)}${visit === 0 ? '' : '?term=apple'}`);
      await heard(offline.page, 'an apple before');
      await offline.page.locator('.side .follow', { hasText: 'apple' }).waitFor();
      await offline.page.locator('.status.offline').waitFor();
      await say(offline.page, line);
      await until(offline.page, `document.querySelectorAll('.waiting li').length === ${visit + 1}`);
      await offline.page.getByLabel('Word or @person to follow').fill('pear');
      await offline.page.getByRole('button', { name: 'Follow', exact: true }).click();
      await offline.page.getByText('There is no connection now').first().waitFor();
      await assertUnharmed(offline);
      await offline.page.close();
    }
    const second = await webServer(t, { dataFolder });
    proxy.target = second.port;
    const carol = await libraryClient(t, second, 'carol', { follow: ['apple'] });
    const got: string[] = [];
    carol.on('message', ({ text }) => got.push(text));
    const again = await newPage(t, { context: alice.context });
    await again.page.goto(addressOf(proxy));
    await online(again.page);
    await until(again.page, 'document.querySelector(".waiting") === null');
    await again.page.reload();
    await online(again.page);
    await carol.send('the last apple');
    await heard(again.page, 'the last apple');
    assert.deepEqual(await textsOf(again.page), [
      'an apple before',
      'an apple on a train',
      'an apple in a tunnel',
      'the last apple',
    ]);
    assert.deepEqual(got, ['an apple on a train', 'an apple in a tunnel']);
    await assertUnharmed(again);
  });

  test('a new build is shown at once, and replaces what was kept', async (t) => {
    const folder = await temporaryFolder(t);
    const dataFolder = await temporaryFolder(t);
    await cp(builtSite, folder, { recursive: true });
    const change = async (name: string, from: string | RegExp, to: string): Promise<void> => {
      const file = path.join(folder, name);
      await writeFile(file, (await readFile(file, 'utf8')).replace(from, to));
      for (const ending of ['.br', '.gz']) await rm(`${file}${ending}`);
    };
    const first = await webServer(t, { dataFolder });
    const proxy = await CuttingProxy.open(t, first.port);
    const alice = await signedIn(t, proxy, 'alice');
    const { page } = alice;
    await kept(page);
    await first.close();
    await change('index.html', 'A chat in which', 'Another chat in which');
    await change('service-worker.js', /"[0-9a-f]{16}"/, '"of another build"');
    const second = await webServer(t, { dataFolder, web: { origins: [], folder } });
    proxy.target = second.port;
    const described = `document.querySelector('meta[name=description]').content.startsWith('Another')`;
    await page.reload();
    await until(page, described);
    await online(page);
    await until(page, `caches.keys().then((names) => names.join() === 'earshot of another build')`);
    await second.close();
    proxy.target = 1;
    await page.reload();
    await page.locator('.status.offline').waitFor();
    assert.equal(await page.evaluate(described), true, 'what was kept is new as well');
    await assertUnharmed(alice);
  });

  test('can be installed', async (t) => {
    const server = await webServer(t);
    const alice = await signedIn(t, server, 'alice');
    const { page } = alice;
    await kept(page);
    const session = await alice.context.newCDPSession(page);
    const { errors, data = '' } = await session.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    assert.deepEqual((JSON.parse(data) as { display: string }).display, 'standalone');
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // A profile of a test is a private window, in which nothing is installed.
    const others = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
    assert.deepEqual(others, []);
    await assertUnharmed(alice);
  });
});
