import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Somebody says something to somebody else every 10 ms, on a thread of its own so that whatever else the bench does
 * is not in the figures. Asked with any message, it answers with the delays since the last time, in milliseconds.
 */
async function register(name: string) {
  const socket = connect({ port: workerData.port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.write(`REGISTER ${name} CHAT/1.0\n`);
  await once(socket, 'data');
  return socket;
}

let delays: number[] = [];
const talker = await register('talker');
const listener = await register('listener');
createInterface(listener).on('line', (line) =>
  delays.push(performance.now() - Number(line.split(' ').at(-1))),
);
setInterval(() => talker.write(`@listener ${performance.now()}\n`), 10);
parentPort?.on('message', () => {
  parentPort?.postMessage(delays);
  delays = [];
});
parentPort?.postMessage('ready');
