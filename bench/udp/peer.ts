import type { Side, Sinks } from './peers.ts';
import { lineBytes, lineEveryMs, type PeerReport, type PeerRequest, type PeerSetup } from './peers.ts';
import { sides } from './sides.ts';

/** The program of a sender or receiver: see `peers.ts`. Ends with the bench. */
const setup: PeerSetup = JSON.parse(process.argv[2] ?? '');
const pieceBytes = 256 * 1024;

process.on('disconnect', () => process.exit());

function report(message: PeerReport): void {
  process.send?.(message);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function receive(side: Side): Promise<void> {
  let fileBytes = 0;
  let rest = '';
  const delaysMs: number[] = [];
  const key = await side.receive(setup, (stream, chunk) => {
    if (stream === 'file') {
      fileBytes += chunk.length;
      return;
    }
    const now = process.hrtime.bigint();
    rest += Buffer.from(chunk).toString('latin1');
    for (; rest.length >= lineBytes; rest = rest.slice(lineBytes)) {
      const [number, sentNs = ''] = rest.slice(0, lineBytes).trim().split(' ');
      if (Number(number) !== delaysMs.length) throw new Error(`line ${number} came as ${delaysMs.length}`);
      delaysMs.push(Number(now - BigInt(sentNs)) / 1e6);
    }
  });
  process.on('message', () => {
    const atNs = String(process.hrtime.bigint());
    report({ kind: 'counted', atNs, fileBytes, delaysMs, processorMs: processorMs() });
  });
  report(key === undefined ? { kind: 'ready' } : { kind: 'ready', key });
}

async function send(side: Side): Promise<void> {
  const { file, lines }: Sinks = await side.send(setup);
  const piece = new Uint8Array(pieceBytes);
  let said = 0;
  let timer: NodeJS.Timeout | undefined;
  const fill = (): void => {
    while (file.write(piece));
  };
  file.onDrain = fill;
  const say = (): void => {
    const line = `${said++} ${process.hrtime.bigint()} `;
    lines.write(Buffer.from(`${line.padEnd(lineBytes - 1)}\n`));
  };
  process.on('message', (request: PeerRequest) => {
    if (request === 'begin') {
      report({ kind: 'begun', atNs: String(process.hrtime.bigint()) });
      timer = setInterval(say, lineEveryMs);
      fill();
    } else if (request === 'endLines') {
      clearInterval(timer);
      report({ kind: 'linesEnded', lines: said });
    } else {
      const atNs = String(process.hrtime.bigint());
      report({ kind: 'counted', atNs, fileBytes: 0, delaysMs: [], processorMs: processorMs() });
    }
  });
  report({ kind: 'ready' });
}

const side = sides[setup.side];
await (setup.role === 'receiver' ? receive(side) : send(side));
