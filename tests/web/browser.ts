import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { type Client, type ConnectOptions, connect } from '../../src/library.ts';
import { builtSite } from '../../src/server/http/site.ts';
import type { Server } from '../../src/server/server.ts';
import { closing } from '../support/client-events.ts';
import type { Scope } from '../support/scope.ts';
import { type TestServerOptions, testServer } from '../support/server.ts';

const candidates = [
  ...(process.env.EARSHOT_CHROMIUM === undefined ? [] : [process.env.EARSHOT_CHROMIUM]),
  ...['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
];

const executablePath = candidates.find(existsSync);

/** Why tests with a browser are skipped here; in CI they fail instead. */
export const noBrowser =
  executablePath === undefined && process.env.CI === undefined
    ? 'there is no Chromium; install it, or name it in EARSHOT_CHROMIUM'
    : false;

let launched: Promise<Browser> | undefined;

/** One browser for all tests of a file. */
function browser(): Promise<Browser> {
  assert.ok(executablePath !== undefined, 'there is no Chromium');
  launched ??= chromium.launch({
    executablePath,
    // Root may not use the sandbox, and CI runs as root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  return launched;
}

/** Call it after the tests of a file. */
export async function closeBrowser(): Promise<void> {
  await (await launched)?.close();
}

export const webServer = (test: TestContext, options: TestServerOptions = {}): Promise<Server> =>
  testServer(test, { web: { origins: [], folder: builtSite }, ...options });

export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page must never cause: errors, violations of its policy, requests elsewhere, dialogues. */
  readonly faults: readonly string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  readonly context?: BrowserContext;
  /** Over HTTPS with a certificate that nobody vouches for, as if somebody had said that it is all right. */
  readonly trustsAll?: boolean;
}

/** A new page, in a profile of its own unless `context` is given. */
export async function newPage(scope: Scope, options: PageOptions = {}): Promise<WatchedPage> {
  const { width = 1_000, height = 700, isDark = false, trustsAll = false } = options;
  const context =
    options.context ??
    (await (
      await browser()
    ).newContext({
      viewport: { width, height },
      colorScheme: isDark ? 'dark' : 'light',
      locale: 'en-GB',
      timezoneId: 'UTC',
      reducedMotion: 'reduce',
      ignoreHTTPSErrors: trustsAll,
    }));
  if (options.context === undefined) scope.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialogue: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // That there is no connection is what many tests are about.
    // Nor does Chromium take a service worker over a certificate that only a person trusts.
    const isExpected = /net::ERR_|WebSocket connection|status of 4|when fetching the script/.test(
      message.text(),
    );
    if (message.type() === 'error' && !isExpected) faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== 'blob:' && hostname !== '127.0.0.1') faults.push(`request: ${request.url()}`);
  });
  await page.addInitScript(`
    addEventListener('securitypolicyviolation', (event) =>
      console.error('violation: ' + event.violatedDirective + ' ' + event.blockedURI));
  `);
  return { page, context, faults };
}

/** Fails when the page did what it must never do, since it was opened: also before it was loaded again. */
export async function assertUnharmed({ page, faults }: WatchedPage): Promise<void> {
  // What it did before comes before the answer.
  await page.evaluate('0');
  assert.deepEqual(faults, []);
}

export const addressOf = ({ port }: { readonly port: number }): string => `http://127.0.0.1:${port}/`;

/** Opens the page and signs in as a guest, as somebody new does. */
export async function signIn(page: Page, server: { readonly port: number }, name: string): Promise<void> {
  await signInAt(page, addressOf(server), name);
}

export async function signInAt(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await online(page);
}

/** A new page whose user has signed in as a guest. */
export async function signedIn(
  scope: Scope,
  server: { readonly port: number },
  name: string,
): Promise<WatchedPage> {
  const watched = await newPage(scope);
  await signIn(watched.page, server, name);
  return watched;
}

/** Somebody else in the chat: a client of the library, by default a guest. */
export async function libraryClient(
  test: TestContext,
  { port }: { readonly port: number },
  name: string,
  options: Pick<ConnectOptions, 'password' | 'follow'> = {},
): Promise<Client> {
  const address = `chat://127.0.0.1:${port}`;
  return closing(test, await connect(address, { name, stateFolder: false, ...options }));
}

/** Resolves when the page says that it is online. */
export async function online(page: Page): Promise<void> {
  await page.locator('.status.online').waitFor();
}

/** Clicks "Reconnect now". The page may be back by itself before, without the button. */
export async function reconnectNow(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: 'Reconnect now' })
    .click({ timeout: 1_000 })
    .catch(() => {});
}

/** Follows a term in the column at the side. */
export async function follow(page: Page, term: string): Promise<void> {
  await page.getByLabel('Word or @person to follow').fill(term);
  await page.getByRole('button', { name: 'Follow', exact: true }).click();
  await page.locator('.side .follow', { hasText: term }).first().waitFor();
}

export async function say(page: Page, text: string): Promise<void> {
  await page.locator('.composer textarea').fill(text);
  await page.keyboard.press('Enter');
}

/** Resolves when a message with this text stands in the timeline. */
export async function heard(page: Page, text: string): Promise<void> {
  await page.locator('.log .text', { hasText: text }).last().waitFor();
}

/** The texts in the timeline that are drawn, in order. */
export const textsOf = (page: Page): Promise<string[]> => page.locator('.log .entry .text').allTextContents();

/**
 * Resolves when `expression`, or what it resolves with, is true in the page, which is asked once a frame. The page's
 * policy forbids Playwright's own way.
 */
export async function until(page: Page, expression: string): Promise<void> {
  const endMs = performance.now() + 15_000;
  const asked = `new Promise((resolve) => setTimeout(resolve, 20)).then(() => (${expression})).then(Boolean)`;
  while (!(await page.evaluate(asked))) assert.ok(performance.now() < endMs, `never true: ${expression}`);
}
