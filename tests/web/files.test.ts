import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, describe, test } from 'node:test';
import { next } from '../support/client-events.ts';
import {
  assertUnharmed,
  closeBrowser,
  follow,
  libraryClient,
  noBrowser,
  signedIn,
  until,
  webServer,
} from './browser.ts';

after(closeBrowser);

/** One pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('files in a browser', { skip: noBrowser }, () => {
  test('are sent by the picker, and saved byte for byte', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob', { follow: ['apple'] });
    const alice = await signedIn(t, server, 'alice');
    await follow(alice.page, 'pear');
    const bytes = randomBytes(700_000);
    const announced = next(bob, 'attachment');
    await alice.page
      .getByLabel('Files to attach')
      .setInputFiles({ name: 'menu.bin', mimeType: 'application/octet-stream', buffer: bytes });
    await alice.page.getByLabel('For followers of').fill('apple');
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    const file = await announced;
    assert.ok(Buffer.from(await bob.fetchBytes(file)).equals(bytes));
    await alice.page.getByText('menu.bin is sent; it reached 1 person').waitFor();

    await bob.attach({ name: 'back.html', content: bytes }, { terms: ['pear'] });
    const [download] = await Promise.all([
      alice.page.waitForEvent('download'),
      alice.page.getByRole('button', { name: 'Save back.html' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'back.html');
    assert.ok((await readFile(await download.path())).equals(bytes));
    await assertUnharmed(alice);
  });

  test('Enter sends a file to one person, whom nobody has to name', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob');
    const alice = await signedIn(t, server, 'alice');
    await alice.page.locator('.side').getByRole('link', { name: 'bob' }).click();
    const announced = next(bob, 'attachment');
    await alice.page
      .getByLabel('Files to attach')
      .setInputFiles({ name: 'menu.txt', mimeType: 'text/plain', buffer: Buffer.from('soup') });
    await alice.page.getByText('For bob alone.').waitFor();
    await alice.page.keyboard.press('Enter');
    await alice.page.getByText('menu.txt is sent; it reached 1 person').waitFor();
    assert.equal((await announced).to, 'bob');
    await assertUnharmed(alice);
  });

  test('a picture is drawn when its bytes are one, and nothing else is', async (t) => {
    const server = await webServer(t);
    const bob = await libraryClient(t, server, 'bob');
    const alice = await signedIn(t, server, 'alice');
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    await bob.attach({ name: 'pixel.png', content: png }, { to: 'alice' });
    await bob.attach({ name: 'drawing.png', content: Buffer.from(svg) }, { to: 'alice' });
    await bob.attach(
      { name: 'page.html', content: Buffer.from('<script>alert(1)</script>') },
      { to: 'alice' },
    );
    await alice.page.getByRole('button', { name: 'Show pixel.png' }).click();
    await until(alice.page, 'document.querySelector("img.picture")?.naturalWidth === 1');
    await alice.page.getByRole('button', { name: 'Show drawing.png' }).click();
    await alice.page.getByText('it cannot be shown').waitFor();
    assert.equal(await alice.page.getByRole('button', { name: 'Show page.html' }).count(), 0);
    assert.equal(await alice.page.locator('img').count(), 1);
    await assertUnharmed(alice);
  });
});
