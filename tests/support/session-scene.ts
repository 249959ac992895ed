import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { defaultLimits } from '../../src/protocol/limits.ts';
import { FairTurns } from '../../src/scheduling/fair-turns.ts';
import { ConnectionLimiter } from '../../src/server/connection/connection-limiter.ts';
import type { ConnectionSession, Serve } from '../../src/server/connection/connection-session.ts';
import { Session } from '../../src/server/connection/session.ts';
import { Fence } from '../../src/server/logging/fence.ts';
import { Outbox } from '../../src/server/outbox/outbox.ts';
import { ByteBudget } from '../../src/transport/byte-budget.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { listen } from '../../src/transport/listen.ts';
import { FakeClock } from './fake-clock.ts';
import { HeldConnection } from './held-connection.ts';

export const refusal = 'REFUSED\n';
export const limits = defaultLimits;

/** Sessions with a protocol that the test writes: its first line is `HELLO`. */
export class SessionScene {
  readonly clock = new FakeClock();
  /** Of this machine, one connection is let in. */
  readonly connectionLimiter = new ConnectionLimiter({ ...limits, connections: 1, limitLoopback: 1 });
  readonly inputs = new ByteBudget(0);
  readonly lifecycle = new FairTurns(this.clock);
  readonly logger = pino({ enabled: false });
  readonly fence = new Fence(this.logger);
  readonly admission = { banOfAddress: () => undefined };
  /** The sessions that are over, once for each time that one said so. */
  readonly over: Session[] = [];
  readonly #serve: Serve;
  #nextId = 1;

  constructor(serve: Serve) {
    this.#serve = serve;
  }

  session(connection: Connection): Session {
    const rows = [{ name: 'test', begin: (line: string) => (line === 'HELLO' ? this.#serve : undefined) }];
    const raw = { name: 'raw', isOpening: () => false, begin: () => undefined };
    const protocols = { rows, raw, refusal, refusalReason: () => 'no protocol' };
    return new Session(connection, { ...this, limits }, protocols, this.#nextId++, (session) =>
      this.over.push(session),
    );
  }

  /** Gives the session an outbox over an empty log. */
  outbox(session: ConnectionSession): Outbox {
    const { clock } = this;
    session.outbox = new Outbox({
      ...{ connection: session.connection, budget: new ByteBudget(Number.POSITIVE_INFINITY), limits, clock },
      source: {
        position: () => 0,
        read: async () => ({ frames: [], through: 0 }),
        openFile: async () => undefined,
        onGiveUp: () => session.connection.destroy(),
      },
    });
    return session.outbox;
  }

  /** Whether nothing counts as connected, and no byte as unread. */
  get isEmpty(): boolean {
    const next = new HeldConnection();
    const isFree = this.connectionLimiter.enter(next) === 'in';
    if (isFree) this.connectionLimiter.leave(next);
    const isSpent = this.inputs.isSpent;
    this.inputs.hold(1);
    const isAtZero = !isSpent && this.inputs.isSpent;
    this.inputs.hold(-1);
    return isFree && isAtZero;
  }

  /** A peer over a real socket, and the session that runs for it. */
  async connect(context: TestContext): Promise<SessionPeer> {
    const accepted = Promise.withResolvers<{ session: Session; done: Promise<void> }>();
    const [listener] = await listen([{ host: '127.0.0.1', port: 0 }], {}, (connection) => {
      const session = this.session(connection);
      accepted.resolve({ session, done: session.run() });
    });
    if (listener === undefined) throw new Error('there is no listener');
    const socket = connect({ host: listener.host, port: listener.port, allowHalfOpen: true });
    const peer = new SessionPeer(socket);
    context.after(async () => {
      socket.destroy();
      await listener.close();
    });
    await once(socket, 'connect');
    return Object.assign(peer, await accepted.promise);
  }
}

/** The far end of a session, and what it sees. */
export class SessionPeer {
  readonly socket: Socket;
  declare readonly session: Session;
  /** Resolves when the session is over. */
  declare readonly done: Promise<void>;
  received = '';
  /** The server closed its side. */
  readonly ended: Promise<void>;
  /** The connection is gone; resolves with the error's code, if there was one. */
  readonly closed: Promise<string | undefined>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text) => {
      this.received += text;
    });
    let code: string | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    this.ended = new Promise((resolve) => socket.once('end', resolve));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(code)));
  }
}

/** Takes requests until no more can come. */
export async function takeAll({ input }: ConnectionSession): Promise<void> {
  do input.takeBytes(input.length);
  while (await input.more());
}

/** A peer whose protocol has begun and has an outbox. */
export async function serving(
  context: TestContext,
  serve: (session: ConnectionSession, outbox: Outbox) => Promise<void>,
): Promise<{ scene: SessionScene; peer: SessionPeer }> {
  const begun = Promise.withResolvers<void>();
  const scene = new SessionScene((session) => {
    session.farewell = 'FAREWELL\n';
    const served = serve(session, scene.outbox(session));
    begun.resolve();
    return served;
  });
  const peer = await scene.connect(context);
  peer.socket.write('HELLO\n');
  await begun.promise;
  return { scene, peer };
}

/** The peer ends its side as well, and nothing is left of the session. */
export async function isOver(scene: SessionScene, peer: SessionPeer): Promise<void> {
  peer.socket.end();
  assert.equal(await peer.closed, undefined, 'no reset');
  await peer.done;
  assertGone(scene, peer);
}

export function assertGone(scene: SessionScene, peer: SessionPeer): void {
  assert.deepEqual(scene.over, [peer.session], 'it says once that it is over');
  assert.ok(peer.session.isClosed);
  assert.ok(scene.isEmpty, 'no connection and no unread byte is counted');
}
