import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scriptOptions } from '../tests/support/script-options.ts';
import type { Findings, Where } from './attack-bystanders.ts';
import { attacks } from './attack-list.ts';
import { inOwnNetwork, loopback, type Network, ownNetwork } from './attack-network.ts';
import type { Target } from './attacker.ts';
import { residentBytes } from './process-figures.ts';
import { type SpawnedServer, spawnServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const bystandersProgram = fileURLToPath(new URL('./attack-bystanders.ts', import.meta.url));
const workerProgram = fileURLToPath(new URL('./attack-worker.ts', import.meta.url));
const attackSeconds = 6;
/** So long after the attack the server's memory and descriptors are looked at once more. */
const restMs = 3_000;
/** What an attacker has to end in. */
const patienceMs = 20_000;
const account = 'carol';
const mebibyte = 1024 * 1024;
const columns = [
  'attack',
  'sent, lost',
  'chat p50, p99, worst ms',
  'PING p50, p99, worst ms',
  'logins done, refused, failed',
  'p99 ms',
  'MiB before, peak, after',
  'fds before, after',
  'attacker: connections, MiB',
];

/**
 * What an attack of one client does to others: `npm run bench -- attacks [ATTACK...] [--addresses N]`. With addresses those
 * attacks that meet a bound of an address, from N of them. With `SERVER=FOLDER` against the server of another checkout.
 */
export async function attacksBench(): Promise<void> {
  const args = process.argv.slice(3);
  const { values, positionals } = scriptOptions('npm run bench -- attacks [ATTACK…] [--addresses N]', {
    args,
    allowPositionals: true,
    options: { addresses: { type: 'string' }, inside: { type: 'boolean', default: false } },
  });
  const addresses = Number(values.addresses ?? 0);
  if (!(Number.isInteger(addresses) && addresses >= 0 && addresses <= 254))
    throw new Error('--addresses takes a number up to 254');
  const unknown = positionals.filter((name) => !attacks.has(name));
  if (unknown.length > 0)
    throw new Error(`there is no attack ${unknown[0]}; those: ${[...attacks.keys()].join(', ')}`);
  if (addresses > 0 && !values.inside) {
    const ended = await inOwnNetwork([main, 'attacks', '--inside', ...args]);
    if (typeof ended === 'number') process.exitCode = ended;
    else process.stderr.write(`SKIPPED: there can be no network of its own here: ${ended}\n`);
    return;
  }
  const rows: string[][] = [];
  for (const [name, { countsByAddress }] of attacks) {
    if (positionals.length > 0 ? !positionals.includes(name) : addresses > 0 && !countsByAddress) continue;
    process.stderr.write(`${name} …\n`);
    const network = addresses > 0 ? ownNetwork(addresses) : loopback(rows.length);
    rows.push([name, ...(await attacked(name, network))]);
  }
  printTable(columns, rows);
}

/** The other columns of its row. */
async function attacked(name: string, network: Network): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  let server: SpawnedServer | undefined;
  let bystanders: ChildProcess | undefined;
  try {
    const args = ['--data', folder, '--host', network.host, '--insecure-passwords'];
    server = await spawnServer(args, process.env.SERVER);
    const where: Where = { host: network.host, port: server.port, address: network.bystanders, account };
    bystanders = fork(bystandersProgram, [JSON.stringify(where)]);
    await answerOf(bystanders);
    return await measured(name, network, server, bystanders);
  } catch (error) {
    process.exitCode = 1;
    return [`it came to nothing: ${error instanceof Error ? error.message : error}`];
  } finally {
    if (bystanders?.connected === true) bystanders.disconnect();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(
  name: string,
  network: Network,
  server: SpawnedServer,
  bystanders: ChildProcess,
): Promise<string[]> {
  const before = figures(server.pid);
  let peak = before.bytes;
  const watch = setInterval(() => {
    try {
      peak = Math.max(peak, residentBytes(server.pid));
    } catch {
      // It died; who looks next hears of that.
    }
  }, 50);
  try {
    bystanders.send('begin');
    const { host, bystanders: _, attackers } = network;
    const did = await attack(name, {
      host,
      port: server.port,
      seconds: attackSeconds,
      addresses: attackers,
      account,
    });
    bystanders.send('end');
    const findings = (await answerOf(bystanders)) as Findings;
    await sleep(restMs);
    const after = figures(server.pid);
    return row(findings, [before.bytes, peak, after.bytes], [before.descriptors, after.descriptors], did);
  } finally {
    clearInterval(watch);
  }
}

function row(
  { sent, chat, pings, logins, refused, failed }: Findings,
  bytes: readonly number[],
  descriptors: readonly number[],
  { connections, sentBytes }: Did,
): string[] {
  return [
    `${sent}, ${sent - chat.length}`,
    spread(chat),
    spread(pings),
    `${logins.length}, ${refused}, ${failed}`,
    logins.length === 0 ? '' : percentile(logins, 0.99).toFixed(0),
    bytes.map((of) => (of / mebibyte).toFixed(0)).join(', '),
    descriptors.join(', '),
    `${connections}, ${(sentBytes / mebibyte).toFixed(1)}`,
  ];
}

function spread(ms: readonly number[]): string {
  if (ms.length === 0) return '';
  return [percentile(ms, 0.5), percentile(ms, 0.99), Math.max(...ms)].map((of) => of.toFixed(0)).join(', ');
}

interface Did {
  readonly connections: number;
  readonly sentBytes: number;
}

/** Resolves when it is over and its process has ended. */
async function attack(name: string, target: Target): Promise<Did> {
  const child = spawn(process.execPath, [workerProgram, name, JSON.stringify(target)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: attackSeconds * 1000 + patienceMs,
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`the attacker ended with ${code ?? 'a signal'}`);
  return JSON.parse(said);
}

/** What a child says next. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the bystanders ended with ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}

function figures(pid: number): { bytes: number; descriptors: number } {
  return { bytes: residentBytes(pid), descriptors: readdirSync(`/proc/${pid}/fd`).length };
}
