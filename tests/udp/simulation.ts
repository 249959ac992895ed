import { ClientEndpoint } from '../../src/transport/udp/endpoints/client-endpoint.ts';
import { ServerEndpoint } from '../../src/transport/udp/endpoints/server-endpoint.ts';
import { identityFrom } from '../../src/transport/udp/handshake/key-exchange.ts';
import { defaultSettings, type Random, type UdpSettings } from '../../src/transport/udp/settings.ts';
import type { Stream } from '../../src/transport/udp/streams/stream.ts';
import type { Trace } from '../../src/transport/udp/trace/events.ts';
import { randomFrom } from '../support/random.ts';
import { EventQueue } from './event-queue.ts';
import { Link, type LinkOptions } from './link.ts';

/**
 * A client and a server with a path between them, in virtual time: the real endpoints, without sockets. The same seed
 * gives the same run, byte for byte.
 */
export interface SimulationOptions {
  readonly seed: number;
  readonly toServer: LinkOptions;
  readonly toClient: LinkOptions;
  readonly client?: Partial<UdpSettings>;
  readonly server?: Partial<UdpSettings>;
  readonly isTrusted?: (key: Uint8Array) => boolean;
  readonly onStream?: (stream: Stream) => void;
  /** Watches the client. */
  readonly trace?: Trace;
}

/** Timers of an operating system fire on such a grid. */
const timerMs = 1;
const serverHost = '192.0.2.1';
const serverPort = 4711;

export class Simulation {
  readonly events = new EventQueue();
  readonly random: () => number;
  readonly toServer: Link;
  readonly toClient: Link;
  readonly client: ClientEndpoint;
  server: ServerEndpoint;
  readonly identity = identityFrom(new Uint8Array(32).fill(7));
  /** Where the client's packets seem to come from. */
  clientHost = '198.51.100.1';
  clientPort = 5000;
  nowMs = 1000;
  readonly openedMs: number[] = [];
  readonly clientGone: (Error | undefined)[] = [];
  serverGone = 0;
  /** Gets what the server sends elsewhere than to the client. */
  toOthers: (bytes: Uint8Array) => void = () => {};
  readonly #options: SimulationOptions;
  readonly #fill: Random;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.random = randomFrom(options.seed * 2_654_435_761 + 1);
    this.#fill = (bytes) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(this.random() * 256);
    };
    this.toServer = new Link(options.toServer, this.events, this.random, (bytes) => {
      this.server.receive(bytes, this.clientHost, this.clientPort, this.nowMs);
    });
    this.toClient = new Link(options.toClient, this.events, this.random, (bytes) => {
      this.client.receive(bytes, serverHost, serverPort, this.nowMs);
    });
    this.server = this.makeServer();
    this.client = new ClientEndpoint({
      settings: { ...defaultSettings, ...options.client },
      random: this.#fill,
      transmit: (bytes) => this.toServer.send(bytes, this.nowMs),
      host: serverHost,
      port: serverPort,
      nowMs: this.nowMs,
      isTrusted: options.isTrusted ?? (() => true),
      trace: options.trace,
      events: {
        onOpen: () => this.openedMs.push(this.nowMs),
        onGone: (error) => this.clientGone.push(error),
        onWork() {},
      },
    });
  }

  /** A server with the same identity that knows of nobody, as after a restart. */
  makeServer(): ServerEndpoint {
    return new ServerEndpoint({
      settings: { ...defaultSettings, ...this.#options.server },
      random: this.#fill,
      transmit: (bytes, host, port) => {
        if (host === this.clientHost && port === this.clientPort) this.toClient.send(bytes, this.nowMs);
        else this.toOthers(bytes);
      },
      identity: this.identity,
      nowMs: this.nowMs,
      events: {
        onStream: (stream) => this.#options.onStream?.(stream),
        onGone: () => this.serverGone++,
        onWork() {},
      },
    });
  }

  /** Runs until `isDone`, or `untilMs`, or nothing more can happen. Returns whether `isDone`. */
  run(untilMs: number, isDone: () => boolean = () => false): boolean {
    for (;;) {
      if (isDone()) return true;
      const timerAtMs = Math.ceil(Math.min(this.client.dueMs, this.server.dueMs) / timerMs) * timerMs;
      const nextMs = Math.max(this.nowMs, Math.min(this.events.nextMs, timerAtMs));
      if (nextMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return isDone();
      }
      this.nowMs = nextMs;
      this.#step();
    }
  }

  /** The machines sleep: time passes, and nothing happens. */
  sleep(ms: number): void {
    this.nowMs += ms;
  }

  /** All that arrives now, then what the endpoints make of it, as a socket's loop does it. */
  #step(): void {
    while (this.events.nextMs <= this.nowMs) this.events.take()?.();
    this.client.poll(this.nowMs);
    this.server.poll(this.nowMs);
  }
}
