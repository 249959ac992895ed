import { statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultLimits, type LimitName } from '../../protocol/limits.ts';
import type { PathFigures } from '../../transport/connection.ts';
import { packageVersion } from '../../version.ts';
import { command } from './command.ts';
import type { Operated } from './operated.ts';
import { bytesOf, countOf, minuteOf, printable, spanOf, table } from './shown.ts';

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Counts the files in a folder and their bytes. */
async function sizesIn(folder: string): Promise<{ readonly count: number; readonly bytes: number }> {
  let count = 0;
  let bytes = 0;
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found === undefined) continue;
    count++;
    bytes += found.size;
  }
  return { count, bytes };
}

/** The connections by protocol; those that have not chosen one are `none yet`. */
function connectionsOf({ sessions }: Operated): { readonly [protocol: string]: number } {
  const counts: Record<string, number> = {};
  for (const { protocol = 'none yet' } of sessions.open) counts[protocol] = (counts[protocol] ?? 0) + 1;
  return counts;
}

/** The connections by what carries them. */
function transportsOf({ sessions }: Operated): { readonly [transport: string]: number } {
  const counts: Record<string, number> = {};
  for (const session of sessions.open) {
    const transport = sessions.transportOf(session);
    counts[transport] = (counts[transport] ?? 0) + 1;
  }
  return counts;
}

export const status = command({
  name: 'status',
  summary: 'how the server is doing',
  async run(server) {
    const { log, folder, fileStore, admission } = server;
    const open = [...server.sessions.open];
    const database = (file: string): number => sizeOf(file) + sizeOf(`${file}-wal`);
    return {
      version: packageVersion,
      uptimeS: Math.floor(process.uptime()),
      pid: process.pid,
      addresses: server.joinAddresses,
      dataFolder: folder.path,
      connections: connectionsOf(server),
      transports: transportsOf(server),
      usersOnline: (await server.registry.online()).length,
      laggingReaders: open.filter((each) => each.outbox?.isLagging === true).length,
      unsentBytes: open.reduce((sum, each) => sum + each.connection.unsentBytes, 0),
      position: log.head,
      prunedThrough: log.prunedThrough,
      epoch: log.epoch,
      messageBytes: database(folder.logFile),
      accountBytes: database(folder.accountsFile),
      files: await sizesIn(folder.spoolFolder),
      freeBytes: await fileStore.freeBytes(),
      memoryBytes: process.memoryUsage.rss(),
      registration: admission.registration,
      invitations: admission.invitations,
      bans: admission.bans.length,
    };
  },
  show(it) {
    const counted = (counts: { readonly [what: string]: number }): string =>
      Object.entries(counts)
        .map(([what, count]) => `${what} ${count}`)
        .join(', ') || 'none';
    const rows: [string, string][] = [
      ['version', it.version],
      ['running for', `${spanOf(it.uptimeS * 1000)} (process ${it.pid})`],
      ['addresses', it.addresses.join(', ')],
      ['data folder', it.dataFolder],
      ['connections', counted(it.connections)],
      ['carried by', counted(it.transports)],
      ['users online', String(it.usersOnline)],
      ['lagging readers', `${it.laggingReaders}; ${bytesOf(it.unsentBytes)} unsent`],
      [
        'newest position',
        `${it.position}${it.prunedThrough > 0 ? `; pruned through ${it.prunedThrough}` : ''}`,
      ],
      ['epoch', it.epoch],
      ['disk', `messages ${bytesOf(it.messageBytes)}, accounts ${bytesOf(it.accountBytes)}`],
      ['files', `${it.files.count}, ${bytesOf(it.files.bytes)}`],
      ['free', bytesOf(it.freeBytes)],
      ['memory', bytesOf(it.memoryBytes)],
      ['registration', `${it.registration}; ${countOf(it.invitations, 'unused invitation')}`],
      ['bans', String(it.bans)],
    ];
    return rows.map(([name, value]) => `${name.padEnd(16)} ${printable(value)}\n`).join('');
  },
});

export const who = command({
  name: 'who',
  summary: 'the open connections, and who is logged in on them',
  run: ({ sessions, clock }) => ({
    connections: [...sessions.open].map((session) => {
      const { id, userName, connection, protocol, sinceMs, outbox } = session;
      return {
        id,
        ...(userName !== undefined && { name: userName }),
        address: connection.remoteAddress,
        ...(protocol !== undefined && { protocol }),
        transport: sessions.transportOf(session),
        ...(connection.path !== undefined && { path: connection.path }),
        since: new Date(sinceMs).toISOString(),
        forS: Math.max(0, Math.round((clock.nowMs() - sinceMs) / 1000)),
        lag: outbox?.lag ?? 0,
        sentBytes: connection.sentBytes,
        unsentBytes: connection.unsentBytes,
      };
    }),
  }),
  show: ({ connections }) => {
    const hasPaths = connections.some(({ path }) => path !== undefined);
    const of = ({ path }: { readonly path?: PathFigures }): string[] =>
      path === undefined ? ['-', '-'] : [`${path.roundTripMs.toFixed(1)} ms`, percent(path.loss)];
    return table(
      [
        ...['ID', 'NAME', 'ADDRESS', 'PROTOCOL', 'OVER', ...(hasPaths ? ['ROUND TRIP', 'LOSS'] : [])],
        ...['SINCE (UTC)', 'LAG', 'SENT', 'UNSENT'],
      ],
      connections.map((it) => [
        ...[it.id, it.name ?? '-', it.address, it.protocol ?? '-', it.transport, ...(hasPaths ? of(it) : [])],
        ...[minuteOf(Date.parse(it.since)), it.lag, bytesOf(it.sentBytes), bytesOf(it.unsentBytes)],
      ]),
    );
  },
});

export const limits = command({
  name: 'limits',
  summary: 'the limits in force, and which of them were changed',
  run: ({ config }) => ({
    settings: { messageRate: config.messageRate, retainDays: config.retainDays ?? null },
    limits: (Object.keys(defaultLimits) as LimitName[]).map((name) => ({
      name,
      value: config.limits[name],
      default: defaultLimits[name],
      from: config.limits[name] === defaultLimits[name] ? 'default' : '--limit or EARSHOT_LIMIT',
    })),
  }),
  show: ({ settings, limits: listed }) =>
    table(
      ['LIMIT', 'VALUE', 'DEFAULT', 'FROM'],
      [
        ...listed.map(({ name, value, default: usual, from }) => [name, String(value), String(usual), from]),
        ['--message-rate', String(settings.messageRate), '', ''],
        [
          '--retain',
          settings.retainDays === null ? 'for ever' : `${settings.retainDays} days`,
          'for ever',
          '',
        ],
      ],
    ),
});
