import { createSocket } from 'node:dgram';
import { createRequire } from 'node:module';

/**
 * A sender or receiver over KCP (`node-kcp`), told and asked as `peer.ts` is. A program of its own, in plain JavaScript: the
 * package is compiled for the Node that installed it, which may be older than the one that runs the bench.
 *
 * KCP as it is meant to be fastest: no delay, its clock every 10 ms, a packet sent again when two later ones arrived, no
 * congestion control, windows of 512 packets. It has one stream for each conversation, and no handshake.
 */
const { KCP } = createRequire(import.meta.url)('./node_modules/node-kcp/build/Release/kcp.node');
const setup = JSON.parse(process.argv[2] ?? '');
const windowPackets = 512;
const clockMs = 10;
const datagramBytes = 1472;
const pieceBytes = 16 * 1024;
const lineBytes = 200;
const lineEveryMs = 50;

process.on('disconnect', () => process.exit());

const socket = createSocket('udp4');
const conversations = [1, 2].map((number) => {
  const made = new KCP(number, {});
  made.nodelay(1, clockMs, 2, 1);
  made.wndsize(windowPackets, windowPackets);
  made.setmtu(datagramBytes);
  made.stream(1);
  made.output((bytes, size) => socket.send(bytes, 0, size, setup.peerPort, setup.peerHost));
  return made;
});
const [file, lines] = conversations;

let isSending = false;
let fileBytes = 0;
let rest = '';
const delaysMs = [];

function readAll() {
  for (let bytes = file.recv(); bytes?.length > 0; bytes = file.recv()) fileBytes += bytes.length;
  const now = process.hrtime.bigint();
  for (let bytes = lines.recv(); bytes?.length > 0; bytes = lines.recv()) rest += bytes.toString('latin1');
  for (; rest.length >= lineBytes; rest = rest.slice(lineBytes)) {
    const [number, sentNs] = rest.slice(0, lineBytes).trim().split(' ');
    if (Number(number) !== delaysMs.length) throw new Error(`line ${number} came as ${delaysMs.length}`);
    delaysMs.push(Number(now - BigInt(sentNs)) / 1e6);
  }
}

function tick() {
  const piece = Buffer.alloc(pieceBytes);
  while (isSending && file.waitsnd() < 2 * windowPackets) file.send(piece);
  for (const each of conversations) each.update(Date.now());
}

socket.on('message', (bytes) => {
  conversations[bytes.readUInt32LE(0) - 1]?.input(bytes);
  readAll();
});

let said = 0;
let saying;
function say() {
  const line = `${said++} ${process.hrtime.bigint()} `;
  lines.send(Buffer.from(`${line.padEnd(lineBytes - 1)}\n`));
}

process.on('message', (request) => {
  if (request === 'begin') {
    process.send({ kind: 'begun', atNs: String(process.hrtime.bigint()) });
    isSending = true;
    saying = setInterval(say, lineEveryMs);
  } else if (request === 'endLines') {
    clearInterval(saying);
    process.send({ kind: 'linesEnded', lines: said });
  } else {
    const { user, system } = process.cpuUsage();
    const atNs = String(process.hrtime.bigint());
    process.send({ kind: 'counted', atNs, fileBytes, delaysMs, processorMs: (user + system) / 1000 });
  }
});

socket.bind(setup.port, setup.host, () => {
  socket.setRecvBufferSize(4 * 1024 * 1024);
  socket.setSendBufferSize(4 * 1024 * 1024);
  setInterval(tick, clockMs / 2);
  process.send({ kind: 'ready' });
});
