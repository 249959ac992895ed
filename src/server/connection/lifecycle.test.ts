import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatScene } from '../../../tests/support/chat-scene.ts';
import { HeldConnection } from '../../../tests/support/held-connection.ts';
import { limits, refusal, SessionScene, takeAll } from '../../../tests/support/session-scene.ts';
import { ConnectionLimiter } from './connection-limiter.ts';

const count = 10;

/** Waits until `done` has grown to `count`; returns by how much at most it grew in one round of the event loop. */
async function mostInOneRound(done: readonly unknown[]): Promise<number> {
  let most = 0;
  while (done.length < count) {
    const before = done.length;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, done.length - before);
  }
  return most;
}

function sessionScene(serve = takeAll): SessionScene {
  return Object.assign(new SessionScene(serve), { connectionLimiter: new ConnectionLimiter(limits) });
}

test('of connections that begin at once, two that take 3 ms each are served before others get their turn', async () => {
  const begun: string[] = [];
  const scene = sessionScene(async (session) => {
    begun.push('one');
    scene.clock.jump(3);
    await takeAll(session);
  });
  const connections = Array.from({ length: count }, () => new HeldConnection());
  for (const connection of connections) void scene.session(connection).run();
  for (const connection of connections) connection.receive('HELLO\n');
  assert.equal(await mostInOneRound(begun), 2);
});

test('of connections that end at once without a first line, two are refused before others get their turn', async () => {
  const refused: string[] = [];
  const scene = sessionScene();
  const connections = Array.from({ length: count }, () => {
    const connection = new HeldConnection();
    const write = connection.write.bind(connection);
    connection.write = (bytes) => {
      write(bytes);
      refused.push(connection.written);
      scene.clock.jump(3);
    };
    return connection;
  });
  for (const connection of connections) void scene.session(connection).run();
  for (const connection of connections) connection.finish();
  assert.equal(await mostInOneRound(refused), 2);
  assert.ok(refused.every((text) => text === refusal));
});

for (const by of ['their end', 'a request'] as const)
  test(`of conversations that end at once by ${by}, two are over before others get their turn`, async (context) => {
    const scene = await ChatScene.open(context);
    const over: string[] = [];
    const conversation = {
      take: () => (by === 'a request' ? 'DISCONNECT' : undefined),
      more: async () => false,
      handle: () => 'disconnected' as const,
      settle: async (ending: 'disconnected' | 'gone') => ending,
      onOver(ending: string) {
        over.push(ending);
        scene.clock.jump(3);
      },
      goodbye: async () => {},
    };
    const peers = Array.from({ length: count }, () => scene.peer());
    const served = peers.map((peer) => peer.serve(conversation));
    assert.equal(await mostInOneRound(over), 2);
    await Promise.all(served);
    assert.ok(over.every((ending) => ending === (by === 'a request' ? 'disconnected' : 'gone')));
  });
