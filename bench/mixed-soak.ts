import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRequest } from '../src/protocol/chat11/request.ts';
import { randomFrom } from '../tests/support/random.ts';
import { withContenders } from './delivery.ts';
import { startMixedLoad } from './mixed-load.ts';
import { wordOf, zipfWords } from './mixed-town.ts';
import { residentBytes } from './process-figures.ts';
import { earshot11 } from './sides.ts';
import { printTable } from './table.ts';

const restlessClients = 100;
const roundMs = 2_000;
const rowsPrinted = 20;

/**
 * The mixed load for some minutes, beside clients who come, follow, unfollow and go all the time. Every follower of the load
 * is compared with the model after each round; the server's memory has to stay flat.
 */
export async function mixedSoakBench(minutes = '5'): Promise<void> {
  const endMs = performance.now() + Number(minutes) * 60_000;
  const start = (wire: typeof earshot11.wire, port: number) =>
    startMixedLoad({ wire, port, senders: 50, followers: 1000, textWords: 'zipf' });
  await withContenders([earshot11], start, async ([contender]) => {
    if (contender === undefined) return;
    const { server, load } = contender;
    const counts = { visits: 0, changes: 0 };
    const restless = Array.from({ length: restlessClients }, (_, seed) =>
      beRestless(server.port, seed + 1, endMs, counts),
    );
    const rows: (string | number)[][] = [];
    let deliveries = 0;
    while (performance.now() < endMs) {
      deliveries += (await load.run({ window: 8, ms: roundMs })).deliveries;
      const leftS = Math.max(0, Math.round((endMs - performance.now()) / 1000));
      rows.push([leftS, deliveries, counts.visits, counts.changes, mebibytes(residentBytes(server.pid))]);
    }
    await Promise.all(restless);
    const every = Math.ceil(rows.length / rowsPrinted);
    printTable(
      ['seconds left', 'deliveries as in the model', 'visits', 'follows and unfollows', 'memory MiB'],
      rows.filter((_, at) => at % every === 0 || at === rows.length - 1),
    );
  });
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

/** Comes and goes under one name; reads everything and looks at nothing. */
async function beRestless(
  port: number,
  seed: number,
  endMs: number,
  counts: { visits: number; changes: number },
): Promise<void> {
  const random = randomFrom(seed);
  const word = (): string => wordOf(Math.floor(random() * random() * zipfWords));
  while (performance.now() < endMs) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'connect');
    socket.write(
      formatRequest({ kind: 'register', name: `restless${seed}`, follow: Array.from({ length: 10 }, word) }),
    );
    counts.visits++;
    for (let change = 0; change < 10; change++) {
      await sleep(20 + random() * 100);
      socket.write(formatRequest({ kind: random() < 0.5 ? 'follow' : 'unfollow', term: word() }));
      counts.changes++;
    }
    const closed = once(socket, 'close');
    socket.end(formatRequest({ kind: 'disconnect' }));
    await closed;
  }
}
