import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect, createServer, type Socket } from 'node:net';
import type { Connection } from '../../src/transport/connection.ts';
import { UdpDialer } from '../../src/transport/udp/sockets/dial-udp.ts';
import { listenUdp } from '../../src/transport/udp/sockets/listen-udp.ts';
import type { PeerSetup, Side, SideName, Sink, Sinks, Take } from './peers.ts';

/** The sides that run in this Node: ours, the kernel's TCP, and udx-native where that is installed. */

/** A stream says first what it carries, where the protocol cannot tell. */
const names = { file: 'F', lines: 'L' } as const;

/** Tells a stream by its first byte. */
function sorting(take: Take): (chunk: Uint8Array) => void {
  let stream: keyof Sinks | undefined;
  return (chunk) => {
    if (stream !== undefined) take(stream, chunk);
    else {
      stream = chunk[0] === names.file.charCodeAt(0) ? 'file' : 'lines';
      take(stream, chunk.subarray(1));
    }
  };
}

const ours: Side = {
  async receive({ host, port }, take) {
    const secret = new Uint8Array(32).fill(9);
    const listener = await listenUdp({ host, port, secret }, (connection) => {
      connection.attach({ onData: sorting(take), onDrain() {}, onEnd() {}, onClose() {} });
    });
    return Buffer.from(listener.publicKey).toString('hex');
  },
  async send({ peerHost, peerPort, key = '' }) {
    const isTrusted = (found: Uint8Array): boolean => Buffer.from(found).toString('hex') === key;
    const dialer = new UdpDialer();
    const address = { host: peerHost, port: peerPort, isTrusted };
    const sink = (connection: Connection, name: string): Sink => {
      const made: Sink = {
        write: (bytes) => {
          connection.write(bytes);
          return connection.unsentBytes === 0;
        },
        onDrain: () => {},
      };
      const onClose = (): never => {
        throw new Error('a connection has closed');
      };
      connection.attach({ onData() {}, onDrain: () => made.onDrain(), onEnd() {}, onClose });
      connection.write(Buffer.from(name));
      return made;
    };
    const lines = sink(await dialer.dial(address), names.lines);
    return { lines, file: sink(await dialer.dial(address), names.file) };
  },
};

const tcp: Side = {
  async receive({ host, port }, take) {
    const server = createServer({ noDelay: true }, (socket) => void socket.on('data', sorting(take)));
    await once(server.listen(port, host), 'listening');
    return undefined;
  },
  async send({ peerHost, peerPort }) {
    const sink = async (name: string): Promise<Sink> => {
      const socket: Socket = connect({ host: peerHost, port: peerPort, noDelay: true });
      await once(socket, 'connect');
      socket.write(name);
      const made: Sink = { write: (bytes) => socket.write(bytes), onDrain: () => {} };
      socket.on('drain', () => made.onDrain());
      return made;
    };
    const lines = await sink(names.lines);
    return { lines, file: await sink(names.file) };
  },
};

interface UdxStream extends NodeJS.ReadWriteStream {
  connect(socket: unknown, remoteId: number, port: number, host: string): void;
}

interface Udx {
  createSocket(): { bind(port: number, host: string): void };
  createStream(id: number): UdxStream;
}

const udxIds = { receiver: { file: 1, lines: 2 }, sender: { file: 3, lines: 4 } } as const;

/** It has no handshake: both ends know each other's ports and the ids of streams. */
function udxStreams(setup: PeerSetup): { file: UdxStream; lines: UdxStream } {
  const Made: new () => Udx = createRequire(import.meta.url)('udx-native');
  const udx = new Made();
  const socket = udx.createSocket();
  socket.bind(setup.port, setup.host);
  const other = setup.role === 'receiver' ? 'sender' : 'receiver';
  const open = (stream: keyof Sinks): UdxStream => {
    const made = udx.createStream(udxIds[setup.role][stream]);
    made.connect(socket, udxIds[other][stream], setup.peerPort, setup.peerHost);
    return made;
  };
  return { file: open('file'), lines: open('lines') };
}

const udx: Side = {
  async receive(setup, take) {
    const streams = udxStreams(setup);
    streams.file.on('data', (chunk: Uint8Array) => take('file', chunk));
    streams.lines.on('data', (chunk: Uint8Array) => take('lines', chunk));
    return undefined;
  },
  async send(setup) {
    const streams = udxStreams(setup);
    const sink = (stream: UdxStream): Sink => {
      const made: Sink = { write: (bytes) => stream.write(bytes), onDrain: () => {} };
      stream.on('drain', () => made.onDrain());
      return made;
    };
    return { file: sink(streams.file), lines: sink(streams.lines) };
  },
};

export const sides: { readonly [name in SideName]: Side } = {
  ours,
  cubic: tcp,
  bbr: tcp,
  udx,
  get kcp(): Side {
    throw new Error('KCP has a program of its own');
  },
};
