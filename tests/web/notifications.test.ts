import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Page, Worker } from 'playwright-core';
import {
  assertUnharmed,
  closeBrowser,
  heard,
  libraryClient,
  newPage,
  noBrowser,
  online,
  signIn,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** A tab that nobody looks at, in a browser that shows notifications only for service workers, as phones do. */
const hiddenOnPhone = `
  Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
  const Real = globalThis.Notification;
  globalThis.Notification = class {
    static get permission() { return Real.permission; }
    constructor() { throw new TypeError('Illegal constructor'); }
  };
  globalThis.notified = 0;
  const show = ServiceWorkerRegistration.prototype.showNotification;
  ServiceWorkerRegistration.prototype.showNotification = async function (...all) {
    await show.apply(this, all);
    globalThis.notified++;
  };
`;

/** Only a person's click lets a worker focus or open a page, so what it asks for is written down. */
const writeDown = `
  globalThis.asked = [];
  WindowClient.prototype.focus = async function () { asked.push('focus ' + this.url); return this; };
  clients.openWindow = async (url) => { asked.push('open ' + url); return null; };
  1
`;

/**
 * Resolves with the title of the notification that the worker shows after `count` were shown for the page. To ask the
 * worker before makes Chromium forget one that it is about to show.
 */
async function shown(page: Page, worker: Worker, count: number): Promise<string> {
  await until(page, `notified === ${count}`);
  return worker.evaluate('registration.getNotifications().then(([first]) => first.title)');
}

/**
 * Tells the worker of a click on what it shows. Resolves when it is done, with what it asked for and how many it shows
 * then.
 */
const click = (worker: Worker): Promise<{ asked: string[]; left: number }> =>
  worker.evaluate(`(async () => {
    const [notification] = await registration.getNotifications();
    asked.length = 0;
    const event = new NotificationEvent('notificationclick', { notification });
    const done = [];
    event.waitUntil = (promise) => done.push(promise);
    dispatchEvent(event);
    await Promise.all(done);
    return { asked, left: (await registration.getNotifications()).length };
  })()`);

describe('a notification of the service worker', { skip: noBrowser }, () => {
  test('leads to the page that is open, and opens one when there is none', async (t) => {
    const server = await webServer(t);
    const address = `http://127.0.0.1:${server.port}/`;
    const bob = await libraryClient(t, server, 'bob');
    const alice = await newPage(t);
    const { page, context } = alice;
    await context.grantPermissions(['notifications']);
    await page.addInitScript(hiddenOnPhone);
    await signIn(page, server, 'alice');
    await until(
      page,
      'navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)',
    );
    const [worker] = context.serviceWorkers();
    assert.ok(worker !== undefined, 'there is no service worker');
    await worker.evaluate(writeDown);

    await bob.sendTo('alice', 'is the pie ready?');
    assert.equal(await shown(page, worker, 1), 'bob');
    assert.deepEqual(await click(worker), { asked: [`focus ${address}`], left: 0 });
    await until(page, 'location.search === "?with=bob"');
    await heard(page, 'is the pie ready?');

    // What it leads to outlives the page.
    await bob.sendTo('alice', 'it gets cold');
    await shown(page, worker, 2);
    await assertUnharmed(alice);
    await page.close();
    assert.deepEqual(await click(worker), { asked: ['open /?with=bob'], left: 0 });
    const again = await newPage(t, { context });
    await again.page.goto(`${address}?with=bob`);
    await online(again.page);
    await heard(again.page, 'it gets cold');
    await assertUnharmed(again);
  });
});
