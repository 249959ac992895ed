import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatChatAddress, hasServerKey, parseChatAddress, parseListenAddress } from './address.ts';
import { dialer, dialProblem } from './dial.ts';
import { listenProblem } from './listen.ts';

describe('parseChatAddress', () => {
  const accepted: readonly (readonly [text: string, host: string, port: number])[] = [
    ['chat://127.0.0.1:4711', '127.0.0.1', 4711],
    ['chat://localhost:1', 'localhost', 1],
    ['chat://chat.example.org:65535', 'chat.example.org', 65_535],
    ['chat://host:4711/', 'host', 4711],
    ['chat://[::1]:4711', '::1', 4711],
    ['chat://[2001:db8::1]:4711/', '2001:db8::1', 4711],
    ['chat://[fe80::1%eth0]:4711', 'fe80::1%eth0', 4711],
    ['chat://[::ffff:127.0.0.1]:80', '::ffff:127.0.0.1', 80],
    ['chat://host:0080', 'host', 80],
    ['tcp://127.0.0.1:4711', '127.0.0.1', 4711],
    ['tcp://[::1]:4711/', '::1', 4711],
    ['localhost:4711', 'localhost', 4711],
    ['[::1]:4711', '::1', 4711],
  ];
  for (const [text, host, port] of accepted) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseChatAddress(text), { ok: true, address: { host, port } });
    });
  }

  const refused: readonly (readonly [text: string, problem: RegExp])[] = [
    ['', /no port/],
    ['localhost', /no port/],
    ['tcp://localhost', /no port/],
    ['CHAT://localhost:4711', /does not begin/],
    [' chat://localhost:4711', /does not begin/],
    ['chat:localhost:4711', /no usable host/],
    ['chat://localhost', /no port/],
    ['chat://localhost:', /no port/],
    ['chat://localhost/', /no port/],
    ['chat://localhost:abc', /port is not a number/],
    ['chat://localhost:-1', /port is not a number/],
    ['chat://localhost:4711 ', /port is not a number/],
    ['chat://[::1]', /no port/],
    ['chat://', /no port/],
    ['chat://localhost:0', /0 is not a port/],
    ['chat://localhost:65536', /65536 is not a port/],
    ['chat://localhost:99999999999999999999', /is not a port/],
    ['chat://:4711', /no usable host/],
    ['chat://my host:4711', /no usable host/],
    ['chat://::1:4711', /no usable host/],
    ['chat://alice@localhost:4711', /no usable host/],
    ['chat://alice:secret@localhost:4711', /no usable host/],
    ['chat://[]:4711', /no usable host/],
    ['chat://[localhost]:4711', /brackets is not an IPv6 address/],
    ['chat://[127.0.0.1]:4711', /brackets is not an IPv6 address/],
    ['chat://[::1 ]:4711', /brackets is not an IPv6 address/],
    ['chat://localhost:4711/room', /something after the port/],
    ['chat://localhost:4711?a=b', /something after the port/],
    ['chat://localhost:4711#a', /something after the port/],
  ];
  for (const [text, problem] of refused) {
    it(`refuses ${JSON.stringify(text)} and shows what an address looks like`, () => {
      const parsed = parseChatAddress(text);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, problem);
      assert.match(parsed.problem, /chat:\/\/host:port/);
    });
  }
});

describe('a scheme', () => {
  it('of another transport stays in the address, also when it is formatted', () => {
    const address = { scheme: 'quic', host: '::1', port: 4711 };
    assert.deepEqual(parseChatAddress('quic://[::1]:4711'), { ok: true, address });
    assert.equal(formatChatAddress(address), 'quic://[::1]:4711');
  });

  it('without a transport is refused, with a list of the known ones', async () => {
    const dial = dialer({ hasKey: async () => true, check: async () => 'trusted' });
    for (const text of ['http://localhost:4711', 'quic://localhost:4711']) {
      const parsed = parseChatAddress(text);
      assert.ok(parsed.ok);
      const [scheme] = text.split(':');
      const problem = `there is no transport ${scheme}:// here, only chat://, tcp://`;
      assert.equal(dialProblem(parsed.address), `${problem}, chats://, chat+udp://`);
      assert.equal(listenProblem(parsed.address), `${problem}, chat+udp://`);
      await assert.rejects(dial(parsed.address), { message: `${problem}, chats://, chat+udp://` });
    }
  });
});

describe('an encrypted address', () => {
  const key = '0123456789abcdef'.repeat(4);

  it('may name a key, in any case, behind a slash or not', () => {
    for (const scheme of ['chats', 'chat+udp']) {
      const server = `${scheme}://host:4711`;
      const address = { scheme, host: 'host', port: 4711, keySha256: key };
      for (const text of [`${server}#sha256=${key}`, `${server}/#sha256=${key.toUpperCase()}`]) {
        assert.deepEqual(parseChatAddress(text), { ok: true, address });
        assert.equal(formatChatAddress(address), server, 'it says which server, not which key');
        assert.equal(hasServerKey(address), true);
      }
      assert.deepEqual(parseChatAddress(`${scheme}://[::1]:1`), {
        ok: true,
        address: { scheme, host: '::1', port: 1 },
      });
    }
    assert.equal(hasServerKey({ host: 'host', port: 4711 }), false);
  });

  it('names it in one form only, and no other address does', () => {
    for (const end of ['#', '#sha256=', `#sha256=${key}0`, `#sha1=${key}`, `#sha256=${'g'.repeat(64)}`]) {
      for (const scheme of ['chats', 'chat+udp']) {
        const parsed = parseChatAddress(`${scheme}://host:4711${end}`);
        assert.ok(!parsed.ok, end);
        assert.match(parsed.problem, /a fingerprint is #sha256= and 64 digits/);
      }
    }
    assert.ok(!parseChatAddress(`chat://host:4711#sha256=${key}`).ok);
  });
});

describe('parseListenAddress', () => {
  it('lets the system choose the port', () => {
    const address = { host: '0.0.0.0', port: 0 };
    assert.deepEqual(parseListenAddress('tcp://0.0.0.0:0'), { ok: true, address });
    const parsed = parseListenAddress('tcp://0.0.0.0:65536');
    assert.ok(!parsed.ok);
    assert.match(parsed.problem, /not a port from 0 to 65535; an address looks like tcp:\/\/host:port/);
  });
});

describe('formatChatAddress', () => {
  it('puts IPv6 addresses in brackets', () => {
    assert.equal(formatChatAddress({ host: '::1', port: 4711 }), 'chat://[::1]:4711');
    assert.equal(formatChatAddress({ host: '127.0.0.1', port: 4711 }), 'chat://127.0.0.1:4711');
  });

  it('writes what parseChatAddress reads back', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        const address = { host: name, port };
        assert.deepEqual(parseChatAddress(formatChatAddress(address)), { ok: true, address });
      }),
    );
  });
});
