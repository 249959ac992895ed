import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sealOnce } from '../packets/packet-keys.ts';
import {
  helloBytes,
  readAccept,
  readAcceptContent,
  readHello,
  readRetry,
  readVersions,
  version,
  writeAcceptContent,
  writeAcceptOpen,
  writeHello,
  writeRetry,
  writeVersions,
} from './messages.ts';

const id = new Uint8Array(8).fill(3);
const publicKey = new Uint8Array(32).fill(4);
const token = new Uint8Array(20).fill(5);

describe('the messages of the handshake', () => {
  it('are read as they were written', () => {
    const hello = { connectionId: id, token, publicKey, idleTimeoutMs: 30_000 };
    assert.deepEqual(readHello(writeHello(hello)), { ...hello, version });
    assert.deepEqual(readRetry(writeRetry(id, token)), { connectionId: id, token });
    const open = writeAcceptOpen(id, token.slice(0, 8), publicKey);
    const content = {
      serverKey: publicKey,
      signature: new Uint8Array(64).fill(6),
      resetToken: new Uint8Array(16).fill(7),
      idleTimeoutMs: 1,
    };
    const sealed = sealOnce(publicKey, open, writeAcceptContent(content));
    const accept = readAccept(Buffer.concat([open, sealed]));
    assert.deepEqual(
      [accept?.clientId, accept?.serverId, accept?.publicKey],
      [id, token.slice(0, 8), publicKey],
    );
    assert.deepEqual(accept?.open, open);
    assert.deepEqual(readAcceptContent(writeAcceptContent(content)), content);
    assert.equal(readVersions(writeVersions(id)), undefined, 'a version of ours is among them');
  });

  it('make the server send less than the client sent', () => {
    const hello = writeHello({ connectionId: id, token: new Uint8Array(0), publicKey, idleTimeoutMs: 0 });
    const accept = writeAcceptOpen(id, id, publicKey).length + 116 + 16;
    assert.equal(hello.length, helloBytes);
    assert.ok(accept < hello.length / 3);
    assert.ok(writeRetry(id, token).length < 100);
  });

  it('are dropped when a bit of them is turned, or when they are cut', () => {
    const hello = writeHello({ connectionId: id, token, publicKey, idleTimeoutMs: 0 });
    const retry = writeRetry(id, token);
    fc.assert(
      fc.property(fc.nat(helloBytes * 8 - 1), (bit) => {
        const changed = hello.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(readHello(changed), undefined);
      }),
    );
    for (let bit = 0; bit < retry.length * 8; bit++) {
      const changed = retry.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(readRetry(changed), undefined);
    }
    assert.equal(readHello(hello.subarray(0, 1199)), undefined);
    assert.equal(readAccept(new Uint8Array(10)), undefined);
  });
});
