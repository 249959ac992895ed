import type { UdpSettings } from '../../src/transport/udp/settings.ts';
import { Simulation } from './simulation.ts';

/** What the transport reaches on a path of 50 Mbit/s and 40 ms, with a queue of one bandwidth-delay product. */
const rate = 6250;
const delayMs = 20;
const queueBytes = 250_000;
/** Payload of a datagram of 1500 bytes at best, as the study of the transport counts it. */
const payloadShare = 1436 / 1500;

export interface Figures {
  /** Bytes delivered in order, of what the link carries: its rate, less what it loses, less heads. */
  readonly share: number;
  /** Bytes sent for each byte delivered, times what a link without loss would let through. */
  readonly cost: number;
  /** Delays of lines of 200 bytes, sent every 50 ms; a fixed part of 20 ms is the path's. */
  readonly lineMedianMs: number;
  readonly lineP99Ms: number;
  /** Whether the association was still there at the end. */
  readonly isOpen: boolean;
}

export interface FiguresOptions {
  readonly seed: number;
  readonly loss: number;
  readonly ms: number;
  readonly withFile?: boolean;
  readonly withLines?: boolean;
  /** How long there are only lines; this time does not count. */
  readonly fileAfterMs?: number;
  readonly client?: Partial<UdpSettings>;
  readonly server?: Partial<UdpSettings>;
  readonly link?: object;
}

const lineBytes = 200;
const lineEveryMs = 50;

export function measure(options: FiguresOptions): Figures {
  const { seed, loss, ms, withFile = true, withLines = true, fileAfterMs = 0 } = options;
  const { client = {}, server = {}, link = {} } = options;
  const path = { rate, delayMs, queueBytes, loss, ...link };
  const received = [0, 0];
  const delays: number[] = [];
  const sentAtMs: number[] = [];
  let opened = 0;
  const simulation = new Simulation({
    seed,
    toServer: path,
    toClient: path,
    client,
    server,
    onStream(stream) {
      const which = opened++;
      stream.attach({
        onData(chunk) {
          received[which] = (received[which] ?? 0) + chunk.length;
          while (which === 0 && delays.length < sentAtMs.length) {
            if ((received[0] ?? 0) < (delays.length + 1) * lineBytes) break;
            delays.push(simulation.nowMs - (sentAtMs[delays.length] ?? 0));
          }
        },
        onDrain() {},
        onEnd() {},
        onClose() {},
      });
    },
  });
  simulation.run(10_000, () => simulation.openedMs.length > 0);
  const startMs = simulation.nowMs;
  const lines = simulation.client.openStream();
  const file = simulation.client.openStream();
  const piece = new Uint8Array(256 * 1024);
  lines.attach({ onData() {}, onDrain() {}, onEnd() {}, onClose() {} });
  file.attach({ onData() {}, onDrain: () => file.write(piece), onEnd() {}, onClose() {} });
  const line = new Uint8Array(lineBytes);
  const say = (): void => {
    sentAtMs.push(simulation.nowMs);
    lines.write(line);
    simulation.events.add(simulation.nowMs + lineEveryMs, say);
  };
  if (withLines) simulation.events.add(startMs, say);
  simulation.run(startMs + fileAfterMs);
  if (withFile) file.write(piece);
  simulation.run(startMs + fileAfterMs + ms);
  const all = (received[0] ?? 0) + (received[1] ?? 0);
  const sorted = delays.toSorted((a, b) => a - b);
  // A line that is still under way counts with the time that it has taken so far.
  const late = sentAtMs.slice(delays.length).map((atMs) => simulation.nowMs - atMs);
  const worst = [...sorted, ...late].toSorted((a, b) => a - b);
  return {
    share: all / ms / (rate * (1 - loss) * payloadShare),
    cost: (simulation.toServer.sentBytes / all) * (1 - loss),
    lineMedianMs: worst[Math.floor(worst.length / 2)] ?? 0,
    lineP99Ms: worst[Math.floor(worst.length * 0.99)] ?? 0,
    isOpen: simulation.server.associationCount === 1 && simulation.clientGone.length === 0,
  };
}
