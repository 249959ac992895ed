import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChat } from './chat.ts';
import { spawnServer } from './server-process.ts';
import { median, percentile, printTable } from './table.ts';

const rounds = 5;
const attemptsPerRound = 15;
const crowd = 200;
const password = 'correct horse battery';

/** Passwords: whether the time of the answer tells if there is such an account, and what a crowd does to the chat. */
export async function loginsBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  // The same address guesses all the time here, which is what these two limits are against.
  const limits = ['--limit', 'loginFailures=1000000', '--limit', 'addressFailures=1000000'];
  const server = await spawnServer(['--data', folder, '--message-rate', '0', ...limits]);
  try {
    await ask(server.port, `REGISTER alice CHAT/1.1\nPassword: ${password}\n\n`);
    await compareTimes(server.port);
    await crowdBesideChat(server.port);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compareTimes(port: number): Promise<void> {
  const sides = [
    { what: 'wrong password', request: 'LOGIN alice CHAT/1.1\nPassword: wrong horse\n\n' },
    { what: 'unknown name', request: 'LOGIN nobody CHAT/1.1\nPassword: wrong horse\n\n' },
  ];
  const times = new Map<string, number[]>(sides.map(({ what }) => [what, []]));
  const answers = new Set<string>();
  for (let i = 0; i < rounds * attemptsPerRound; i++) {
    for (const { what, request } of sides) {
      const { text, ms } = await ask(port, request);
      times.get(what)?.push(ms);
      answers.add(text);
    }
  }
  const rows = [...times].map(([what, ms]) => [what, median(ms).toFixed(2), percentile(ms, 0.99).toFixed(2)]);
  printTable(['answer to', 'median ms', 'p99 ms'], rows);
  process.stdout.write(`different answers: ${answers.size}\n\n`);
}

async function crowdBesideChat(port: number): Promise<void> {
  const chat = await startChat(port);
  const rows: (string | number)[][] = [];
  for (let round = 0; round < rounds; round++) {
    for (const logins of [0, crowd]) {
      await chat.takeDelays();
      const request = `LOGIN alice CHAT/1.1\nPassword: ${password}\n\n`;
      const began = performance.now();
      const answers = await Promise.all(Array.from({ length: logins }, () => ask(port, request)));
      // As long as the crowd takes, and without it as long as it takes to say a hundred things.
      if (logins === 0) await new Promise((resolve) => setTimeout(resolve, 1000));
      const delays = await chat.takeDelays();
      const letIn = answers.filter(({ text }) => text.startsWith('200')).length;
      rows.push([
        logins,
        letIn,
        ((performance.now() - began) / 1000).toFixed(2),
        median(delays).toFixed(2),
        percentile(delays, 0.99).toFixed(2),
        Math.max(...delays).toFixed(2),
      ]);
    }
  }
  await chat.stop();
  printTable(['logins at once', 'let in', 'seconds', 'chat p50 ms', 'chat p99 ms', 'chat max ms'], rows);
}

/** The first line of the answer to `request`, and how long it took, on a connection of its own. */
async function ask(port: number, request: string): Promise<{ text: string; ms: number }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const began = performance.now();
  socket.write(request);
  const [bytes] = await once(socket, 'data');
  const ms = performance.now() - began;
  socket.destroy();
  const answer = String(bytes);
  return { text: answer.startsWith('200') ? answer.slice(0, 3) : answer, ms };
}
