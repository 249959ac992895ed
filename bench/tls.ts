import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Findings, Where } from './attack-bystanders.ts';
import { compare, roundMs, startFollowers, warmUp, withContenders } from './delivery.ts';
import { compareMixed } from './mixed.ts';
import { spawnServer } from './server-process.ts';
import { floor, floorOverTls, overTls, plainBesideTls } from './sides.ts';
import { percentile, printTable } from './table.ts';
import type { Storm } from './tls-storm.ts';

const bystandersProgram = fileURLToPath(new URL('./attack-bystanders.ts', import.meta.url));
const stormProgram = fileURLToPath(new URL('./tls-storm.ts', import.meta.url));
const handshakes = 2_000;

/**
 * What TLS costs a delivery, beside what it costs the least server in Node and with many words; and what a storm of
 * handshakes does to others.
 */
export async function tlsBench(): Promise<void> {
  await withContenders([plainBesideTls, overTls, floor, floorOverTls], startFollowers, async (contenders) => {
    for (const window of [64, 1]) {
      await warmUp(contenders, window);
      await compare(contenders, { window, ms: roundMs });
    }
  });
  for (const shape of ['audience 220, 50 senders', 'audience 20'])
    await compareMixed(shape, [plainBesideTls, overTls]);
  process.stdout.write(`\n${handshakes} handshakes at once\n\n`);
  const rows: string[][] = [];
  for (const kind of ['nothing', 'plain', 'hellos', 'handshakes'] as const)
    rows.push([kind, ...(await storm(kind))]);
  const times = ['chat', 'PING', 'login'].map((what) => `${what} p50, p99, worst ms`);
  printTable(['storm', 'took ms', ...times], rows);
}

async function storm(kind: Storm['kind']): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  // As many as the storm are let in; by default the oldest would be dropped.
  const server = await spawnServer(['--data', folder, '--tls', '--limit', 'unregisteredConnections=400']);
  let bystanders: ChildProcess | undefined;
  try {
    const where: Where = { host: '127.0.0.1', port: server.port, address: '127.0.0.1', account: 'carol' };
    bystanders = fork(bystandersProgram, [JSON.stringify(where)]);
    await once(bystanders, 'message');
    bystanders.send('begin');
    const ofStorm: Storm = { kind, port: server.port, handshakes };
    const attacker = fork(stormProgram, [JSON.stringify(ofStorm)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const took = attacker.stdout === null ? '' : await text(attacker.stdout);
    bystanders.send('end');
    const [{ chat, pings, logins, sent }] = (await once(bystanders, 'message')) as [Findings];
    if (chat.length < sent) throw new Error(`${sent - chat.length} messages of bystanders were lost`);
    return [took.trim(), figures(chat), figures(pings), figures(logins)];
  } finally {
    bystanders?.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function figures(times: readonly number[]): string {
  return [percentile(times, 0.5), percentile(times, 0.99), Math.max(...times)]
    .map((ms) => ms.toFixed(1))
    .join(', ');
}
