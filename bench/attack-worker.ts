import { connect, type Socket } from 'node:net';

/** One attack at full strength for some seconds, in a process of its own: `attack-worker.ts NAME PORT SECONDS`. */
const [name = '', port = '', seconds = ''] = process.argv.slice(2);
const endMs = performance.now() + Number(seconds) * 1000;
const isOver = (): boolean => performance.now() >= endMs;

const marks = `a${'\u0301\u0316'.repeat(32_000)}`;
const text = (unit: string): string => unit.repeat(Math.floor(65_000 / unit.length));
const words = Array.from({ length: 13_000 }, (_, at) => `w${at.toString(36)}`)
  .join(' ')
  .slice(0, 65_000);

function open(): Socket {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  // What the server answers, and that it hangs up, does not matter to the attack.
  return socket.on('error', () => {}).on('data', () => {});
}

const guest = (as: string): Socket => {
  const socket = open();
  socket.write(`REGISTER ${as} CHAT/1.0\n\n`);
  return socket;
};

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      socket.off('drain', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(1, endMs - performance.now()));
    socket.once('drain', done).once('close', done);
  });

/** Writes `chunk` as fast as it is read, on connections that are opened again when they end. */
async function flood(begin: (at: number) => Socket, chunk: () => string, count = 1): Promise<void> {
  const one = async (at: number): Promise<void> => {
    for (let round = 0; !isOver(); round++) {
      const socket = begin(at + round * count);
      while (!isOver() && !socket.destroyed) {
        if (!socket.write(chunk())) await drained(socket);
        else await new Promise(setImmediate);
      }
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: count }, (_, at) => one(at)));
}

/** The same once a connection, and then nothing until the end. */
async function hold(count: number, begin: (at: number) => Socket): Promise<void> {
  const sockets = Array.from({ length: count }, (_, at) => begin(at));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, endMs - performance.now())));
  for (const socket of sockets) socket.destroy();
}

let next = 0;
const send = (body: string): string => `SEND CHAT/1.1\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`;

const attacks: Readonly<Record<string, () => Promise<unknown>>> = {
  nothing: () => hold(0, open),
  'verbs list': () => flood(open, () => 'list\n'.repeat(1_000)),
  'control characters': () =>
    flood(
      (at) => guest(`g${at}`),
      () => '\u0001\n'.repeat(10_000),
    ),
  '!help': () =>
    flood(
      (at) => guest(`g${at}`),
      () => '!help\n'.repeat(2_000),
    ),
  PING: () =>
    flood(
      (at) => {
        const socket = open();
        socket.write(`REGISTER g${at} CHAT/1.1\n\n`);
        return socket;
      },
      () => 'PING CHAT/1.1\n\n'.repeat(1_000),
    ),
  'verbs login, logout': () => flood(open, () => 'login a\nlogout\n'.repeat(1_000)),
  'a name for every 20 messages': () =>
    flood(open, () => `REGISTER n${next++} CHAT/1.1\n\n${send('x').repeat(20)}LOGOUT CHAT/1.1\n\n`),
  '150 guests, 10 texts of 262 KB each': () =>
    hold(150, (at) => {
      const socket = guest(`g${at}`);
      for (let n = 0; n < 10; n++) socket.write(`${'🍎'.repeat(65_000)}\n`);
      return socket;
    }),
  ...Object.fromEntries(
    Object.entries({
      marks,
      'U+3300': text('㌀'),
      'U+203C': text('‼'),
      words,
      punctuation: text('!?'),
      spaces: text(' '),
    }).map(([what, body]) => [
      `${what} through every command`,
      () =>
        flood(
          (at) => guest(`g${at}`),
          () =>
            ['', '!follow ', '!unfollow ', '!attach a.txt ', '!msg bob ']
              .map((verb) => `${verb}${body}\n`)
              .join(''),
        ),
    ]),
  ),
  '14 strangers, 100 MB each': () => flood(open, () => 'x'.repeat(1_000_000), 14),
  'a line without end': () =>
    flood(
      (at) => guest(`g${at}`),
      () => 'x'.repeat(1_000_000),
    ),
  '500 slow writers': () =>
    hold(500, () => {
      const socket = open();
      const timer = setInterval(() => (isOver() ? clearInterval(timer) : socket.write('x')), 500);
      return socket;
    }),
  '2,000 connects': () => hold(2_000, open),
  '1,000 frozen readers': () =>
    hold(1_000, (at) => {
      const socket = open();
      socket.write(`REGISTER f${at} CHAT/1.0\nFollow: *\n\n`);
      return socket.pause();
    }),
  'announced files without a byte': () =>
    flood(
      open,
      () =>
        `REGISTER n${next++} CHAT/1.1\n\nATTACH CHAT/1.1\nName: a\nSize: 104857600\nTerms: x\n\nLOGOUT CHAT/1.1\n\n`,
    ),
  'guests who break off': async () => {
    while (!isOver()) {
      const socket = open();
      socket.write(`REGISTER n${next++} CHAT/1.1\n\n`);
      await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
      socket.destroy();
    }
  },
  'accounts from 64 connections': () =>
    flood(open, () => `REGISTER n${next++} CHAT/1.1\nPassword: correct horse\n\nLOGOUT CHAT/1.1\n\n`, 64),
};

if (name === 'list') process.stdout.write(`${JSON.stringify(Object.keys(attacks))}\n`);
else {
  await attacks[name]?.();
  process.exit();
}
