import { once } from 'node:events';
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { NotWrittenError } from '../accounts/accounts.ts';
import { appendAudit, notRecorded } from './audit.ts';
import { CommandError, type OperatorCommand } from './command.ts';
import { operatorCommands } from './commands.ts';
import type { Operated } from './operated.ts';
import { type AdminAnswer, maxRequestBytes, parseRequest, socketPathProblem, wireVersion } from './wire.ts';

const maxClients = 16;
/** How long a client may take to send its request, and to take its answer. */
const silenceMs = 10_000;

/**
 * Listens for `earshot admin` on a Unix socket that only the owner of the data folder can use (mode 0600). Where there can
 * be no socket the server runs without it, and the log says why.
 */
export async function openOperators(server: Operated, logger: Logger): Promise<{ close(): Promise<void> }> {
  const path = server.folder.adminSocket;
  const none = { close: async () => {} };
  const problem = socketPathProblem(path) ?? clear(path);
  if (problem !== undefined) {
    logger.warn({ reason: problem }, 'earshot admin cannot reach this server');
    return none;
  }
  const listener = createServer((socket) => serve(socket, server, logger));
  listener.maxConnections = maxClients;
  try {
    await listenPrivately(listener, path);
  } catch (error) {
    logger.warn({ err: error }, 'earshot admin cannot reach this server');
    return none;
  }
  listener.on('error', (error) => logger.warn({ err: error }, 'the socket of earshot admin failed'));
  return {
    async close() {
      // Closing removes the file.
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of clients.get(server) ?? []) socket.destroy();
      await closed;
    },
  };
}

const clients = new WeakMap<Operated, Set<Socket>>();

/** Removes the socket of a server that was killed: we hold the lock of the folder, so nobody listens on it. */
function clear(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (!found.isSocket()) return `${path} is in the way: it is no socket`;
  rmSync(path, { force: true });
  return undefined;
}

/** The socket is created in `listen` itself, so nobody can connect before it has its mode. */
async function listenPrivately(listener: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    listener.listen(path);
  } finally {
    process.umask(before);
  }
  await once(listener, 'listening');
  chmodSync(path, 0o600);
}

function serve(socket: Socket, server: Operated, logger: Logger): void {
  const open = clients.get(server) ?? new Set();
  clients.set(server, open.add(socket));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => open.delete(socket));
  socket.setTimeout(silenceMs, () => socket.destroy());
  socket.setEncoding('utf8');
  let text = '';
  const onData = (chunk: string): void => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end === -1 && text.length <= maxRequestBytes) return;
    socket.off('data', onData);
    socket.resume();
    // Some commands take long.
    socket.setTimeout(0);
    void answer(end === -1 ? '' : text.slice(0, end), server, logger).then((reply) => {
      socket.setTimeout(silenceMs);
      socket.end(`${JSON.stringify({ ...reply, earshot: wireVersion })}\n`);
    });
  };
  socket.on('data', onData);
}

/** Never rejects. */
async function answer(line: string, server: Operated, logger: Logger): Promise<AdminAnswer> {
  const earshot = wireVersion;
  const request = parseRequest(line);
  const command = operatorCommands.find(({ name }) => name === request?.command);
  if (request === undefined || command === undefined) {
    const problem =
      'this server does not know that command; it may be of another version than this earshot admin';
    return { earshot, ok: false, code: 'usage', problem };
  }
  const { values, by } = request;
  const outcome = await run(command, values, server, logger);
  if (!command.isAct) return outcome;
  const done = outcome.ok ? 'done' : outcome.problem;
  const time = new Date(server.clock.nowMs()).toISOString();
  const { text: _, ...logged } = values;
  logger.info({ command: command.name, ...logged, by, outcome: done }, 'operator');
  try {
    await appendAudit(server.folder.auditFile, { time, by, command: command.name, values, outcome: done });
  } catch (error) {
    logger.error({ err: error }, 'what an operator did could not be recorded');
    if (!outcome.ok) return outcome;
    return { earshot, ok: false, code: 'refused', problem: notRecorded(error) };
  }
  return outcome;
}

async function run(
  command: OperatorCommand,
  values: Readonly<Record<string, string | undefined>>,
  server: Operated,
  logger: Logger,
): Promise<AdminAnswer> {
  const earshot = wireVersion;
  try {
    return { earshot, ok: true, result: await command.run(server, values) };
  } catch (error) {
    if (error instanceof CommandError)
      return { earshot, ok: false, code: error.code, problem: error.message };
    if (error instanceof NotWrittenError)
      return { earshot, ok: false, code: 'refused', problem: `${error.message}; try again later` };
    if (isDiskFull(error))
      return { earshot, ok: false, code: 'refused', problem: 'the disk is full; make room and try again' };
    logger.error({ err: error, command: command.name }, 'a command of an operator failed');
    const problem = error instanceof Error ? error.message : String(error);
    return { earshot, ok: false, code: 'internal', problem: `the server could not do that: ${problem}` };
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
