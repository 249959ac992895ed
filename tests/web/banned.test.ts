import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { adminDone } from '../support/operator.ts';
import {
  addressOf,
  assertUnharmed,
  closeBrowser,
  newPage,
  noBrowser,
  reconnectNow,
  signIn,
  webServer,
} from './browser.ts';

after(closeBrowser);

describe('a browser whose address is banned', { skip: noBrowser }, () => {
  test('says why, when it was online and when it was away, and does not come back', async (t) => {
    const server = await webServer(t);
    const proxy = await CuttingProxy.open(t, server.port);
    const [alice, bob] = [await newPage(t), await newPage(t)];
    await signIn(alice.page, server, 'alice');
    await signIn(bob.page, proxy, 'bob');
    proxy.target = 1;
    proxy.cutAll();
    await bob.page.locator('.status.offline').waitFor();
    await adminDone(server.dataFolder, 'ban', '127.0.0.1', 'spam', '--for', '2h');
    const why = /This address is banned until [0-9-]{10} [0-9:]{5} UTC: spam/;
    await alice.page.locator('.status.closed', { hasText: why }).waitFor();
    proxy.target = server.port;
    await reconnectNow(bob.page);
    await bob.page.locator('.status.closed', { hasText: why }).waitFor();
    const connections = proxy.connections;
    await bob.page.getByRole('button', { name: 'Sign in again' }).click();
    await bob.page.getByLabel('Your name').fill('bob');
    await bob.page.keyboard.press('Enter');
    await bob.page.getByRole('alert').filter({ hasText: why }).waitFor();
    assert.equal(proxy.connections, connections + 2);
    await assertUnharmed(alice);
    await assertUnharmed(bob);
    const late = await newPage(t);
    await late.page.goto(addressOf(server));
    assert.match((await late.page.locator('body').textContent()) ?? '', why);
  });
});
