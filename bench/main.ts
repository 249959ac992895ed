import { loadavg } from 'node:os';
import { attacksBench } from './attacks.ts';
import { backupBench } from './backup.ts';
import { chat11FilesBench } from './chat11-files.ts';
import { connectionsBench } from './connections.ts';
import { deliveryBench } from './delivery.ts';
import { entryPointsBench } from './entry-points.ts';
import { filesBench } from './files.ts';
import { fts5Bench } from './fts5.ts';
import { latencyBench } from './latency.ts';
import { logBench } from './log.ts';
import { loginsBench } from './logins.ts';
import { matchBench } from './match.ts';
import { mixedBench } from './mixed.ts';
import { mixedSoakBench } from './mixed-soak.ts';
import { startupBench } from './startup.ts';
import { tlsBench } from './tls.ts';
import { udpBench } from './udp.ts';
import { udpHellosBench } from './udp-hellos.ts';
import { udpLoopbackBench } from './udp-loopback.ts';
import { webPageBench } from './web-page.ts';
import { webSocketsBench } from './web-sockets.ts';
import { webTypingBench } from './web-typing.ts';

/** `npm run bench -- NAME`: measures one thing and prints a table. What each tells is in bench/README.md. */
const benches: { readonly [name: string]: (...args: string[]) => Promise<void> } = {
  mixed: mixedBench,
  'mixed-soak': mixedSoakBench,
  delivery: deliveryBench,
  latency: latencyBench,
  log: logBench,
  fts5: fts5Bench,
  connections: connectionsBench,
  match: matchBench,
  files: filesBench,
  'chat11-files': chat11FilesBench,
  logins: loginsBench,
  attacks: attacksBench,
  backup: backupBench,
  startup: startupBench,
  tls: tlsBench,
  web: webPageBench,
  'web-typing': webTypingBench,
  'web-sockets': webSocketsBench,
  udp: udpBench,
  'udp-hellos': udpHellosBench,
  'udp-loopback': udpLoopbackBench,
  'entry-points': entryPointsBench,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join(' | ')}\n`);
  process.exitCode = 64;
} else {
  const [busy = 0] = loadavg();
  if (busy > 0.5)
    process.stderr.write(
      `The machine has other work (load ${busy.toFixed(1)}); the figures will tell of that too.\n`,
    );
  await bench(...args);
}
