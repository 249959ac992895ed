import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type End, type Link, linkHosts } from './link.ts';
import type { PeerReport, PeerRequest, PeerSetup, SideName } from './peers.ts';

/** One sender and one receiver of a side, on the two ends of a link. */
export interface Transferred {
  readonly fileBytes: number;
  readonly ms: number;
  readonly delaysMs: readonly number[];
  readonly linesSent: number;
  /** Processor time of the sender and of the receiver. */
  readonly processorMs: readonly [number, number];
}

/** The package is compiled for the Node that npm ran on. Undefined when it is not there, or for no Node of this machine. */
export function nodeForKcp(): string | undefined {
  const load = `require(${JSON.stringify(kcpModule)})`;
  const others = spawnSync('which', ['-a', 'node'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  return [process.execPath, ...others].find((node) => spawnSync(node, ['-e', load]).status === 0);
}

const kcpModule = fileURLToPath(new URL('./node_modules/node-kcp/build/Release/kcp.node', import.meta.url));
const peerProgram = fileURLToPath(new URL('./peer.ts', import.meta.url));
const kcpProgram = fileURLToPath(new URL('./kcp-peer.mjs', import.meta.url));
/** After the file, the lines that are under way get this long. */
const linesGraceMs = 5000;

/** The kind of report that a request is answered with. */
const answers = { begin: 'begun', endLines: 'linesEnded', count: 'counted' } as const;
type Report<K extends PeerReport['kind']> = Extract<PeerReport, { kind: K }>;

async function next<K extends PeerReport['kind']>(peer: ChildProcess, kind: K): Promise<Report<K>> {
  for (;;) {
    const found = await messageOf(peer);
    if (found === undefined) throw new Error('a sender or receiver has ended');
    const report = found[0] as PeerReport;
    if (report.kind === kind) return report as Report<K>;
  }
}

/** Waits for a message; undefined when the peer has ended. */
async function messageOf(peer: ChildProcess): Promise<unknown[] | undefined> {
  // Otherwise each wait leaves the listeners of the event that did not come.
  const waiting = new AbortController();
  const { signal } = waiting;
  const ended = once(peer, 'exit', { signal }).then(() => undefined);
  try {
    return await Promise.race([once(peer, 'message', { signal }), ended]);
  } finally {
    waiting.abort();
  }
}

async function ask<R extends PeerRequest>(
  peer: ChildProcess,
  request: R,
): Promise<Report<(typeof answers)[R]>> {
  const answer = next(peer, answers[request]);
  peer.send(request);
  return answer;
}

export class Transfer {
  readonly #sender: ChildProcess;
  readonly #receiver: ChildProcess;
  #begunNs = 0n;

  private constructor(sender: ChildProcess, receiver: ChildProcess) {
    this.#sender = sender;
    this.#receiver = receiver;
  }

  /** Connects: the receiver on the link's second end, the sender on the first. `port` tells several apart. */
  static async prepare(link: Link, side: SideName, port: number): Promise<Transfer> {
    const start = async (
      end: End,
      setup: Pick<PeerSetup, 'role' | 'key'>,
    ): Promise<[ChildProcess, string]> => {
      const whole: PeerSetup = {
        ...setup,
        side,
        host: linkHosts[end],
        port,
        peerHost: linkHosts[end === 0 ? 1 : 0],
        peerPort: port,
      };
      const isKcp = side === 'kcp';
      const args = [isKcp ? kcpProgram : peerProgram, JSON.stringify(whole)];
      const peer = link.spawnNode(end, args, isKcp ? (nodeForKcp() ?? '') : process.execPath);
      return [peer, (await next(peer, 'ready')).key ?? ''];
    };
    const [receiver, key] = await start(1, { role: 'receiver' });
    const [sender] = await start(0, { role: 'sender', key });
    return new Transfer(sender, receiver);
  }

  async begin(): Promise<void> {
    this.#begunNs = BigInt((await ask(this.#sender, 'begin')).atNs);
  }

  /** Bytes of the file so far, and since when. */
  async count(): Promise<{ readonly fileBytes: number; readonly ms: number }> {
    const { fileBytes, atNs } = await ask(this.#receiver, 'count');
    return { fileBytes, ms: Number(BigInt(atNs) - this.#begunNs) / 1e6 };
  }

  /** What it came to by now, once the lines that were sent have arrived or had their time. */
  async finish(): Promise<Transferred> {
    const [{ fileBytes, atNs }, { lines }] = await Promise.all([
      ask(this.#receiver, 'count'),
      ask(this.#sender, 'endLines'),
    ]);
    const { processorMs: ofSender } = await ask(this.#sender, 'count');
    const endMs = performance.now() + linesGraceMs;
    let last = await ask(this.#receiver, 'count');
    const ofReceiver = last.processorMs;
    while (last.delaysMs.length < lines && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      last = await ask(this.#receiver, 'count');
    }
    return {
      fileBytes,
      ms: Number(BigInt(atNs) - this.#begunNs) / 1e6,
      delaysMs: last.delaysMs,
      linesSent: lines,
      processorMs: [ofSender, ofReceiver],
    };
  }
}
