import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Scope } from '../tests/support/scope.ts';
import { WireClient } from '../tests/support/wire-client.ts';
import { closeBrowser, follow, heard, newPage, signIn } from '../tests/web/browser.ts';
import { spawnServer } from './server-process.ts';
import { median, percentile, printTable } from './table.ts';
import { cpuBetween, traced } from './web-trace.ts';

/** Messages a second, while somebody types and while the heap is watched. */
export const rate = 200;
const rounds = 5;
const keysOfRound = 60;
const linesBefore = 2_000;

/** What keys took, one value for each key. */
export interface Typing {
  /** From the key to the drawing of the frame that shows it, milliseconds. */
  readonly drawnMs: number[];
  /** What the page's main thread took of a processor meanwhile, milliseconds. */
  readonly cpuMs: number[];
}

/** A page to type in, and what goes on there meanwhile. */
export interface TypingSide {
  readonly name: string;
  readonly page: Page;
  /** Starts what goes on, and returns what ends it. */
  start(): () => void;
}

/** A page that has a field and nothing else: what keys take there is the browser's and the machine's. */
export async function emptyPage(scope: Scope): Promise<TypingSide> {
  const { page } = await newPage(scope);
  await page.setContent('<textarea></textarea>');
  return { name: 'an empty page', page, start: () => () => {} };
}

/** Types on all sides, in rounds that take turns. */
export async function typeOn(sides: readonly TypingSide[]): Promise<readonly Typing[]> {
  const all = sides.map((): Typing => ({ drawnMs: [], cpuMs: [] }));
  for (const { page } of sides) await page.evaluate(markKeys);
  for (let round = 0; round < rounds; round++)
    for (const [at, side] of sides.entries()) {
      const { drawnMs, cpuMs } = await type(side);
      all[at]?.drawnMs.push(...drawnMs);
      all[at]?.cpuMs.push(...cpuMs);
    }
  return all;
}

export const spread = (values: readonly number[]): string =>
  `median ${median(values).toFixed(1)}, 95 % ${percentile(values, 0.95).toFixed(1)}, most ${Math.max(...values).toFixed(1)}`;

/** Sends `rate` messages a second, however late the timer is. */
export function sendAtRate(nc: WireClient): () => void {
  const startMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    let lines = '';
    for (; sent < ((performance.now() - startMs) * rate) / 1000; sent++)
      lines += `line extra ${sent}: ${'with some more words '.repeat(sent % 4)}\n`;
    if (lines !== '') nc.send(lines);
  }, 5);
  return () => clearInterval(timer);
}

/** Only the typing, with few messages before it; `checkout`, a folder with a built page, takes part. */
export async function webTypingBench(checkout?: string): Promise<void> {
  const ends: (() => unknown)[] = [];
  const scope: Scope = { after: (action) => void ends.unshift(action) };
  try {
    const sides: TypingSide[] = [];
    for (const folder of checkout === undefined ? [undefined] : [checkout, undefined]) {
      scope.after(closeBrowser);
      sides.push(await chatPage(scope, folder));
    }
    sides.push(await emptyPage(scope));
    const found = await typeOn(sides);
    printTable(
      [`with ${rate} messages a second`, 'key to its frame, ms', 'main thread meanwhile, ms of a processor'],
      found.map(({ drawnMs, cpuMs }, at) => [sides[at]?.name ?? '', spread(drawnMs), spread(cpuMs)]),
    );
    process.stdout.write(`load of the machine: ${loadavg()[0]?.toFixed(1)}\n`);
  } finally {
    for (const end of ends) await end();
  }
}

async function chatPage(scope: Scope, folder: string | undefined): Promise<TypingSide> {
  const data = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  scope.after(() => rm(data, { recursive: true, force: true }));
  const server = await spawnServer(['--data', data, '--message-rate', '0'], folder);
  scope.after(() => server.stop());
  const { page } = await newPage(scope);
  await signIn(page, server, 'alice');
  await follow(page, 'line');
  const nc = await WireClient.register(scope, server, 'bob');
  for (let n = 1; n <= linesBefore; n++) nc.send(`line ${n}: ${'with some more words '.repeat(n % 7)}\n`);
  await heard(page, `line ${linesBefore}:`);
  return { name: folder ?? 'this page', page, start: () => sendAtRate(nc) };
}

/**
 * Marks when the browser had each key, when the page has it, and the end of the frame behind it: a task after that of
 * the frame.
 */
const markKeys = `{
  const field = document.querySelector('.composer textarea, textarea');
  field.focus();
  field.addEventListener('keydown', ({ timeStamp }) => {
    performance.mark('bench key', { startTime: timeStamp });
    performance.mark('bench');
    const behind = new MessageChannel();
    behind.port1.onmessage = () => performance.mark('bench end');
    requestAnimationFrame(() => behind.port2.postMessage(0));
  });
}`;

async function type({ page, start }: TypingSide): Promise<Typing> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  const trace = await traced(browser, page, async () => {
    const stop = start();
    await sleep(500);
    for (let i = 0; i < keysOfRound; i++) {
      await page.keyboard.press(i % 6 === 5 ? 'Space' : 'abcdefghijk'.charAt(i % 11));
      await sleep(20 + ((i * 13) % 37));
    }
    stop();
  });
  await page.locator('textarea').first().fill('');
  const ends = trace.marks('bench end');
  const handled = trace.marks('bench');
  const cpuMs = handled.map((fromMs, i) => cpuBetween(trace, fromMs, ends[i] ?? 0));
  const drawnMs = trace.marks('bench key').map((keyMs, i) => trace.drawnAfter(handled[i] ?? 0) - keyMs);
  return { drawnMs, cpuMs };
}
