import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from './connection.ts';
import { ListenError, listen } from './listen.ts';
import { dialTcp as dial } from './tcp.ts';
import { dialUdp } from './udp/sockets/dial-udp.ts';

const free = { host: '127.0.0.1', port: 0 };

test('connections arrive at every address', async (t) => {
  const accepted: Connection[] = [];
  const bothCame = Promise.withResolvers<void>();
  const listeners = await listen([free, { ...free, scheme: 'tcp' }], {}, (connection) => {
    accepted.push(connection);
    if (accepted.length === 2) bothCame.resolve();
  });
  t.after(() => Promise.all(listeners.map((listener) => listener.close())));
  assert.notEqual(listeners[0]?.port, listeners[1]?.port);
  const dialed = await Promise.all(listeners.map(({ host, port }) => dial({ host, port })));
  await bothCame.promise;
  for (const connection of [...dialed, ...accepted]) connection.destroy();
});

test('connections know by which scheme they came', async (t) => {
  const udp = { secret: new Uint8Array(32), mostFrom: () => 1 };
  const came = Promise.withResolvers<[Connection, string]>();
  const [listener] = await listen([{ ...free, scheme: 'chat+udp' }], { udp }, (connection, scheme) => {
    connection.attach({ onData() {}, onDrain() {}, onEnd() {}, onClose() {} });
    came.resolve([connection, scheme]);
  });
  assert.ok(listener !== undefined);
  t.after(() => listener.closeAll());
  assert.equal(listener.scheme, 'chat+udp');
  const dialed = await dialUdp({ ...listener, isTrusted: () => true });
  const [connection, scheme] = await came.promise;
  assert.equal(scheme, 'chat+udp');
  for (const each of [dialed, connection]) each.destroy();
  await assert.rejects(
    listen([{ ...free, scheme: 'chat+udp' }], {}, () => {}),
    /no key for UDP/,
  );
});

test('an address that fails is named, and those before it are closed', async (t) => {
  const [taken] = await listen([free], {}, () => {});
  assert.ok(taken !== undefined);
  t.after(() => taken.close());
  const [once] = await listen([free], {}, () => {});
  assert.ok(once !== undefined);
  await once.close();
  const before = { host: once.host, port: once.port };
  await assert.rejects(
    listen([before, { host: taken.host, port: taken.port }, free], {}, () => {}),
    (error) => {
      assert.ok(error instanceof ListenError);
      assert.equal(error.address.port, taken.port);
      assert.match(error.message, /EADDRINUSE/);
      return true;
    },
  );
  await assert.rejects(dial(before), { code: 'ECONNREFUSED' });
});
