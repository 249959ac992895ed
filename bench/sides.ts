import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type SpawnedServer, spawnServer } from './server-process.ts';
import type { WireName } from './wires.ts';

/** A server that is compared with others, in a process of its own. */
export interface Side {
  readonly name: string;
  readonly wire: WireName;
  /** Whether the load uses TLS. */
  readonly isEncrypted?: boolean;
  /** `folder` is there and empty, for whatever the server keeps. `checkout`: runs the sources in that folder. */
  start(folder: string, checkout?: string): Promise<SpawnedServer>;
}

/** Every limit that is not its default is one of these: a bench is longer than a client may be silent. */
const startEarshot = (
  folder: string,
  checkout?: string,
  args: readonly string[] = [],
): Promise<SpawnedServer> =>
  spawnServer(['--data', folder, '--message-rate', '0', '--limit', 'silenceMs=3600000', ...args], checkout);

export const earshot11: Side = {
  name: 'earshot CHAT/1.1',
  wire: 'chat11',
  start: (folder, checkout) => startEarshot(folder, checkout),
};
export const earshot10: Side = {
  name: 'earshot CHAT/1.0',
  wire: 'chat10',
  start: (folder, checkout) => startEarshot(folder, checkout),
};

/** One server, whose clients use TLS or not. */
export const plainBesideTls: Side = {
  ...earshot11,
  name: 'plain',
  start: (folder) => startEarshot(folder, undefined, ['--tls']),
};
export const overTls: Side = { ...plainBesideTls, name: 'TLS', isEncrypted: true };

/** Over a WebSocket, as browsers. */
export const overWeb: Side = { ...earshot11, name: 'WebSocket', wire: 'web' };

export const floor: Side = { name: 'floor', wire: 'floor', start: () => startProgram('./floor.ts') };
/** The floor of whoever looks at the words. */
export const mixedFloor: Side = {
  name: 'floor',
  wire: 'floor',
  start: () => startProgram('./mixed-floor.ts'),
};
/** What TLS in Node costs a server that does nothing else. */
export const floorOverTls: Side = {
  ...floor,
  name: 'floor over TLS',
  isEncrypted: true,
  start: (folder) => startProgram('./floor.ts', '--tls', folder),
};
/** What is left of the floor for whoever has to have it on the disk first. */
export const syncingFloor: Side = {
  name: 'floor with fdatasync',
  wire: 'floor',
  start: (folder) => startProgram('./floor.ts', '--sync', join(folder, 'pages')),
};

/** Starts a server of the bench's own, `file` beside this one, which says its port in its first line. */
export async function startProgram(file: string, ...args: readonly string[]): Promise<SpawnedServer> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return spawned(child, Number(line));
}

/** The programs people would use instead, as Debian has them. */
const peers: readonly { name: string; wire: WireName; program: string; args: PeerArguments }[] = [
  { name: 'Redis', wire: 'redis', program: 'redis-server', args: redisArguments },
  { name: 'NATS', wire: 'nats', program: 'nats-server', args: natsArguments },
  { name: 'ngircd', wire: 'irc', program: 'ngircd', args: ngircdArguments },
];

type PeerArguments = (port: number, folder: string) => readonly string[];

/** Those of the peers that are installed; says loudly which are not. */
export function installedPeers(): readonly Side[] {
  return peers.flatMap(({ name, wire, program, args }) => {
    if (spawnSync(program, ['--version']).error !== undefined) {
      process.stderr.write(
        `\nLEFT OUT: ${name}. There is no ${program} here; apt-get install ${program}\n\n`,
      );
      return [];
    }
    return [{ name, wire, start: (folder: string) => startPeer(program, args, folder) }];
  });
}

function redisArguments(port: number, folder: string): readonly string[] {
  return ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'];
}

function natsArguments(port: number, folder: string): readonly string[] {
  const file = join(folder, 'nats.conf');
  writeFileSync(file, 'ping_interval: "1h"\n');
  return ['--config', file, '--addr', '127.0.0.1', '--port', String(port)];
}

function ngircdArguments(port: number, folder: string): readonly string[] {
  const file = join(folder, 'ngircd.conf');
  const settings = [
    ...['[Global]', 'Name = irc.bench.example', 'Info = bench', 'Listen = 127.0.0.1', `Ports = ${port}`],
    ...['[Limits]', 'MaxConnections = 0', 'MaxConnectionsIP = 0', 'MaxJoins = 0', 'PingTimeout = 3600'],
    // Without this a client is held to a few messages a second.
    ...['MaxPenaltyTime = 0'],
    ...['[Options]', 'DNS = no', 'Ident = no', 'PAM = no', 'SyslogFacility = local1'],
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  return ['--nodaemon', '--config', file];
}

async function startPeer(program: string, args: PeerArguments, folder: string): Promise<SpawnedServer> {
  const port = await freePort();
  const child = spawn(program, args(port, folder), { stdio: 'ignore' });
  for (let attempt = 0; !(await isListening(port)); attempt++) {
    if (child.exitCode !== null || attempt === 100) throw new Error(`${program} does not listen`);
    await sleep(50);
  }
  return spawned(child, port);
}

function spawned(child: ChildProcess, port: number): SpawnedServer {
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}

/** A port that was free just now: these servers cannot say which one they chose. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
