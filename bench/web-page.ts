import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import type { Scope } from '../tests/support/scope.ts';
import { WireClient } from '../tests/support/wire-client.ts';
import { addressOf, closeBrowser, follow, heard, newPage, signIn } from '../tests/web/browser.ts';
import { type SpawnedServer, spawnServer } from './server-process.ts';
import { median, printTable } from './table.ts';
import { cpuBetween, traced } from './web-trace.ts';
import { emptyPage, rate, sendAtRate, spread, type TypingSide, typeOn } from './web-typing.ts';

const loads = 9;
const many = 50_000;
const scrollFrames = 300;
const heapSteps = 10;

/** The page in a real browser: its first load, 50,000 messages, typing while messages arrive, its heap over `seconds`. */
export async function webPageBench(seconds = '60'): Promise<void> {
  const ends: (() => unknown)[] = [];
  const scope: Scope = { after: (action) => void ends.unshift(action) };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
    scope.after(() => rm(folder, { recursive: true, force: true }));
    const server = await spawnServer(['--data', folder, '--message-rate', '0']);
    scope.after(() => server.stop());
    scope.after(closeBrowser);
    const rows = [
      ...(await firstLoads(scope, server)),
      ...(await manyMessages(scope, server, Number(seconds))),
    ];
    rows.push(['load of the machine', loadavg()[0]?.toFixed(1) ?? '', '']);
    printTable(['what', 'figure', 'aim'], rows);
  } finally {
    for (const end of ends) await end();
  }
}

type Row = readonly [what: string, figure: string, aim: string];

/** Notes when the field for the name has the focus, before any script of the page runs. */
const noteReady = `{
  const look = () => {
    if (document.activeElement?.tagName !== 'INPUT') return requestAnimationFrame(look);
    globalThis.readyMs = performance.now() - performance.getEntriesByType('navigation')[0].responseEnd;
  };
  look();
}`;

async function firstLoads(scope: Scope, server: SpawnedServer): Promise<Row[]> {
  const [bytes, ready, cpu]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < loads; i++) {
    const { page, context } = await newPage(scope);
    const session = await metered(page);
    await session.send('Network.enable');
    let sum = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      sum += encodedDataLength;
    });
    await page.addInitScript(noteReady);
    await page.goto(addressOf(server), { waitUntil: 'load' });
    await page.getByLabel('Your name').waitFor();
    ready.push(await page.evaluate('globalThis.readyMs'));
    bytes.push(sum / 1024);
    cpu.push((await metrics(session)).taskMs);
    await context.close();
  }
  return [
    ['first load, KiB with all headers', median(bytes).toFixed(1), '60'],
    ['ready to type after the HTML, ms', spread(ready), '300'],
    ['main thread until then, ms of a processor', spread(cpu), ''],
  ];
}

async function manyMessages(scope: Scope, server: SpawnedServer, seconds: number): Promise<Row[]> {
  const { page } = await newPage(scope);
  page.setDefaultTimeout(60_000);
  const session = await metered(page);
  await signIn(page, server, 'alice');
  await follow(page, 'line');
  const nc = await WireClient.register(scope, server, 'bob');
  const before = await metrics(session);
  const startMs = performance.now();
  for (let n = 0; n < many; n += 2_000) {
    let lines = '';
    for (let i = n + 1; i <= n + 2_000; i++) lines += `line ${i}: ${'with some more words '.repeat(i % 7)}\n`;
    nc.send(lines);
    await heard(page, `line ${n + 2_000}:`);
  }
  const fillMs = performance.now() - startMs;
  const fillUs = (((await metrics(session)).taskMs - before.taskMs) * 1000) / many;
  const scrolling = await scroll(page);
  await page.evaluate('document.querySelector(".log").scrollTop = 1e9');
  const own: TypingSide = { name: 'this page', page, start: () => sendAtRate(nc) };
  const [typing, empty] = await typeOn([own, await emptyPage(scope)]);
  if (typing === undefined || empty === undefined) throw new Error('nobody typed');
  const heap = await heapOver(page, session, nc, seconds);
  return [
    [`${many} messages arrive, messages a second`, Math.round((many * 1000) / fillMs).toString(), ''],
    ['main thread for one of them, µs of a processor', fillUs.toFixed(0), ''],
    ['scrolling in them: ms from frame to frame', spread(scrolling.frames), 'none over 50'],
    ['the same: main thread for a frame, ms of a processor', spread(scrolling.cpu), 'none over 50'],
    [`key to its frame with ${rate} messages a second, ms`, spread(typing.drawnMs), '16'],
    ['the same on an empty page: what the browser and the machine take', spread(empty.drawnMs), ''],
    ['main thread from key to frame, ms of a processor', spread(typing.cpuMs), '16'],
    ['the same on an empty page', spread(empty.cpuMs), ''],
    [
      `heap after each tenth of ${seconds} s of that, MiB`,
      heap.map((mib) => mib.toFixed(1)).join(' '),
      'flat',
    ],
  ];
}

const script = (body: string): string => `new Promise((resolve) => { ${body} })`;

/** Up through the list, then to places all over it; each step is one frame. */
async function scroll(page: Page): Promise<{ readonly frames: number[]; readonly cpu: number[] }> {
  let frames: number[] = [];
  const trace = await traced(browserOf(page), page, async () => {
    frames = await page.evaluate<number[]>(
      script(`
        const log = document.querySelector('.log');
        const times = [];
        let last;
        const frame = (now) => {
          performance.mark('bench');
          if (last !== undefined) times.push(now - last);
          last = now;
          if (times.length === ${scrollFrames}) return resolve(times);
          if (times.length % 3 < 2) log.scrollTop -= 700;
          else log.scrollTop = ((times.length * 7919) % 1000) / 1000 * log.scrollHeight;
          requestAnimationFrame(frame);
        };
        // What starting the trace takes is no frame.
        setTimeout(() => requestAnimationFrame(frame), 500);
      `),
    );
  });
  const marks = trace.marks('bench');
  return { frames, cpu: marks.slice(1).map((toMs, i) => cpuBetween(trace, marks[i] ?? 0, toMs)) };
}

async function heapOver(page: Page, session: CDPSession, nc: WireClient, seconds: number): Promise<number[]> {
  await page.locator('.composer textarea').fill('');
  const stop = sendAtRate(nc);
  const heap: number[] = [];
  for (let step = 0; step < heapSteps; step++) {
    await sleep((seconds * 1000) / heapSteps);
    await session.send('HeapProfiler.collectGarbage');
    heap.push((await metrics(session)).heapBytes / 2 ** 20);
  }
  stop();
  return heap;
}

function browserOf(page: Page) {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  return browser;
}

async function metered(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return session;
}

/** The processor time of the main thread's tasks so far, and what its heap holds. */
async function metrics(
  session: CDPSession,
): Promise<{ readonly taskMs: number; readonly heapBytes: number }> {
  const { metrics: found } = await session.send('Performance.getMetrics');
  const of = (name: string): number => found.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { taskMs: of('TaskDuration') * 1000, heapBytes: of('JSHeapUsedSize') };
}
