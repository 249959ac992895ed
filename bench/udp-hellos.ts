import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Connection } from '../src/transport/connection.ts';
import { dialUdp } from '../src/transport/udp/sockets/dial-udp.ts';
import { inOwnNetwork, ownNetwork } from './attack-network.ts';
import { processorMs, residentBytes } from './process-figures.ts';
import { percentile, printTable } from './table.ts';
import type { Flooded, FloodPlan } from './udp/hello-flooder.ts';

/**
 * `npm run bench -- udp-hellos [N] [--rate N] [--equal] [--unbounded]`: what 100,000 HELLOs, each from another address
 * and port, do to a server's memory and to those who are connected, and whether its answers would help somebody to
 * flood others. With `--rate`, so many a second come from a thousand ports, which is faster than opening ports; with
 * `--equal`, the attacker goes before other programs, as the server does; with `--unbounded`, the server looks at all
 * HELLOs. Exits with 1 when a goal is missed.
 */
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const serverProgram = fileURLToPath(new URL('./udp/hello-server.ts', import.meta.url));
const flooderProgram = fileURLToPath(new URL('./udp/hello-flooder.ts', import.meta.url));
const usual = 100_000;
/** With a rate. */
const floodedS = 8;
const people = 20;
const lineEveryMs = 50;
const calmMs = 3000;
const lineBytes = 32;
const goals = { growthMiB: 16, amplification: 3, p99Ms: 200 } as const;

export async function udpHellosBench(...args: string[]): Promise<void> {
  if (!args.includes('--inside')) {
    const ended = await inOwnNetwork([main, 'udp-hellos', '--inside', ...args]);
    if (typeof ended === 'number') process.exitCode = ended;
    else process.stderr.write(`SKIPPED: there can be no network of its own here: ${ended}\n`);
    return;
  }
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...{ inside: { type: 'boolean' }, equal: { type: 'boolean' }, unbounded: { type: 'boolean' } },
      rate: { type: 'string' },
    },
  });
  const rate = values.rate === undefined ? undefined : Number(values.rate);
  const hellos = Number(positionals[0] ?? (rate === undefined ? usual : rate * floodedS));
  const flood = (count: number): Promise<Flooded> =>
    flooded({ host, port, hellos: count, rate }, values.equal === true);
  const { host } = ownNetwork(1);
  const server = fork(serverProgram, [host, String(values.unbounded === true)]);
  const [port] = (await once(server, 'message')) as [number];
  const pid = server.pid ?? 0;
  for (const each of [pid, process.pid]) goFirst(each);
  try {
    const talk = await startTalk(host, port);
    // The first time, so that what is compiled and allocated once is not taken for the attack's.
    await flood(Math.ceil(hellos / 10));
    await wait(calmMs);
    talk.take();
    await wait(calmMs);
    const calm = talk.take();
    const before = residentBytes(pid);
    const beforeMs = processorMs(pid);
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentBytes(pid));
    }, 50);
    const flooding = flood(hellos);
    const dialed = await dialedWithin(host, port);
    const found = await flooding;
    clearInterval(watch);
    const tookMs = processorMs(pid) - beforeMs;
    const during = talk.take();
    const after = residentBytes(pid);
    talk.end();
    tell({ flooded: found, calm, during, before, peak, after, dialed, tookMs, hellos });
  } finally {
    server.disconnect();
  }
}

/** Before others who want the processor, the attacker among them: otherwise the bench tells of those. */
function goFirst(pid: number): void {
  spawnSync('chrt', ['-r', '-p', '1', String(pid)]);
}

interface Results {
  readonly flooded: Flooded;
  readonly calm: readonly number[];
  readonly during: readonly number[];
  readonly before: number;
  readonly peak: number;
  readonly after: number;
  readonly dialed: number;
  readonly tookMs: number;
  readonly hellos: number;
}

function tell(results: Results): void {
  const { flooded, calm, during, before, peak, after, dialed, tookMs, hellos } = results;
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  const delays = (times: readonly number[]): string =>
    [percentile(times, 0.5), percentile(times, 0.99), Math.max(...times)]
      .map((ms) => ms.toFixed(1))
      .join(', ');
  const amplification = flooded.answeredBytes / flooded.sentBytes;
  printTable(
    ['HELLOs', 'a second', 'server CPU µs each', 'answered', 'bytes out / in', 'MiB before, peak, after'],
    [
      [
        hellos,
        Math.round((hellos / flooded.ms) * 1000),
        ((tookMs * 1000) / hellos).toFixed(0),
        flooded.answers,
        amplification.toFixed(3),
        [before, peak, after].map(mebibytes).join(', '),
      ],
    ],
  );
  process.stdout.write('\n');
  printTable(
    ['people online', 'line there and back p50, p99, worst ms'],
    [
      ['before', delays(calm)],
      ['meanwhile', delays(during)],
    ],
  );
  process.stdout.write(`\nSomebody new got in within ${dialed.toFixed(0)} ms meanwhile.\n`);
  const growthMiB = (peak - before) / 1024 / 1024;
  const reached =
    growthMiB <= goals.growthMiB &&
    amplification <= goals.amplification &&
    percentile(during, 0.99) < goals.p99Ms;
  process.stdout.write(`Goals ${reached ? 'reached' : 'MISSED'}: ${JSON.stringify(goals)}\n`);
  if (!reached) process.exitCode = 1;
}

interface Talk {
  take(): number[];
  end(): void;
}

/** People who each send a line every 50 ms and get it back. `take` gives the delays since the last time, in milliseconds. */
async function startTalk(host: string, port: number): Promise<Talk> {
  let delays: number[] = [];
  let isOver = false;
  const connections: Connection[] = [];
  for (let i = 0; i < people; i++) {
    const connection = await dialUdp({ host, port, isTrusted: () => true });
    let rest = '';
    const onData = (chunk: Uint8Array): void => {
      rest += Buffer.from(chunk).toString('latin1');
      for (; rest.length >= lineBytes; rest = rest.slice(lineBytes)) {
        delays.push(performance.now() - Number(rest.slice(0, lineBytes)));
      }
    };
    const onClose = (error?: Error): void => {
      if (!isOver) throw error ?? new Error('somebody who was online was cut off');
    };
    connection.attach({ onData, onDrain() {}, onEnd() {}, onClose });
    connections.push(connection);
    const say = (): void => connection.write(Buffer.from(String(performance.now()).padEnd(lineBytes)));
    setInterval(say, lineEveryMs).unref();
  }
  return {
    take() {
      const taken = delays;
      delays = [];
      return taken;
    },
    end() {
      isOver = true;
      for (const connection of connections) connection.destroy();
    },
  };
}

/** Milliseconds until somebody new is connected. */
async function dialedWithin(host: string, port: number): Promise<number> {
  await wait(1000);
  const startMs = performance.now();
  const connection = await dialUdp({ host, port, isTrusted: () => true });
  connection.attach({ onData() {}, onDrain() {}, onEnd() {}, onClose() {} });
  connection.end();
  return performance.now() - startMs;
}

async function flooded(plan: FloodPlan, isEqual: boolean): Promise<Flooded> {
  const flooder = fork(flooderProgram, [JSON.stringify(plan)]);
  if (isEqual) goFirst(flooder.pid ?? 0);
  else spawnSync('chrt', ['-o', '-p', '0', String(flooder.pid)]);
  const found = await Promise.race([once(flooder, 'message'), once(flooder, 'exit').then(() => undefined)]);
  if (found === undefined) throw new Error('the flooder has ended');
  return found[0] as Flooded;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
