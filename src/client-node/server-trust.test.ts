import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { UntrustedServerError } from '../client/errors.ts';
import type { ShownCertificate, ShownServer } from '../transport/server-trust.ts';
import { KnownServers } from './known-servers.ts';
import { serverTrust } from './server-trust.ts';

const [one, two] = ['1'.repeat(64), '2'.repeat(64)] as const;
const address = { scheme: 'chats', host: 'Example.org', port: 4711 } as const;
const nowMs = Date.UTC(2026, 5, 15);
const dayMs = 86_400_000;

const certificate: ShownCertificate = {
  ...{ isVouchedFor: true, isForHost: true, hosts: 'DNS:example.org' },
  ...{ validFromMs: nowMs - dayMs, validToMs: nowMs + dayMs },
};
const withCertificate = (change: Partial<ShownCertificate>): ShownServer => ({
  ...{ address, keySha256: one },
  certificate: { ...certificate, ...change },
});
const vouchedFor = withCertificate({});
const selfSigned = withCertificate({ isVouchedFor: false });
/** As a server shows itself where the authorities were not loaded. */
const unchecked = withCertificate({ isVouchedFor: undefined });

async function known(test: TestContext, lines = ''): Promise<KnownServers> {
  const servers = new KnownServers(`${await temporaryFolder(test)}/state/earshot`);
  await mkdir(dirname(servers.path), { recursive: true });
  if (lines !== '') await writeFile(servers.path, lines);
  return servers;
}

describe('known-servers', () => {
  it('keeps a key under host and port, for its owner alone', async (test) => {
    const servers = new KnownServers(`${await temporaryFolder(test)}/new/folder`);
    assert.equal(await servers.keyOf(address), undefined);
    assert.equal(await servers.add(address, one), undefined);
    assert.equal(await servers.add({ host: '::1', port: 1 }, two), undefined);
    assert.equal(
      await readFile(servers.path, 'utf8'),
      `example.org:4711 sha256=${one}\n[::1]:1 sha256=${two}\n`,
    );
    assert.equal((await stat(servers.path)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(servers.path))).mode & 0o777, 0o700);
    assert.deepEqual(await servers.keyOf({ ...address, host: 'EXAMPLE.ORG' }), { keySha256: one, line: 1 });
    assert.deepEqual(await servers.keyOf({ host: '::1', port: 1 }), { keySha256: two, line: 2 });
    assert.equal(await servers.keyOf({ ...address, port: 4712 }), undefined);
  });

  it('takes what people do to a file: comments, spaces, capitals, no end of the last line', async (test) => {
    const servers = await known(test, `# mine\r\n\n  example.org:4711   sha256=${'A'.repeat(64)}  \r\nelse`);
    assert.deepEqual(await servers.keyOf(address), { keySha256: 'a'.repeat(64), line: 3 });
    await servers.add({ ...address, port: 1 }, one);
    assert.deepEqual(await servers.keyOf({ ...address, port: 1 }), { keySha256: one, line: 5 });
  });

  it('does not pass over a damaged line of this server', async (test) => {
    for (const rest of ['', ' sha256=', ` sha1=${one}`, ` sha256=${one}1`, ` sha256=${one} sha256=${two}`]) {
      const servers = await known(test, `\nexample.org:4711${rest}\n`);
      await assert.rejects(servers.keyOf(address), /line 2 of .*known-servers must be: example\.org:4711/);
    }
  });

  it('says why it cannot be read or written', async (test) => {
    const servers = await known(test);
    await mkdir(servers.path);
    await assert.rejects(servers.keyOf(address), /known-servers cannot be read/);
    assert.match((await servers.add(address, one)) ?? '', /cannot be read/);
  });

  it('reads any bytes without harm', async (test) => {
    const servers = await known(test);
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        await writeFile(servers.path, `${text}\n${text.replaceAll('\n', '')}`);
        const found = await servers.keyOf({ host: 'nobody.example', port: 1 });
        assert.equal(found, undefined);
      }),
      { numRuns: 50 },
    );
  });
});

describe('serverTrust', () => {
  const clock = { nowMs: () => nowMs };

  async function refused(test: TestContext, shown: ShownServer, lines = ''): Promise<UntrustedServerError> {
    const trust = serverTrust(await known(test, lines), clock);
    const error = await trust.check(shown).then(
      () => assert.fail('it was trusted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof UntrustedServerError);
    assert.equal(error.reason, 'untrusted');
    assert.equal(error.keySha256, shown.keySha256);
    return error;
  }

  it('goes by the key that the address names, and by nothing else', async (test) => {
    const trust = serverTrust(await known(test), clock);
    const named = { ...address, keySha256: one };
    assert.equal(await trust.hasKey(named), true);
    const old = {
      ...withCertificate({ isVouchedFor: false, validToMs: 0, isForHost: false }),
      address: named,
    };
    assert.equal(await trust.check(old), 'trusted');
    for (const shown of [vouchedFor, selfSigned, unchecked]) {
      const error = await refused(test, { ...shown, keySha256: two, address: named });
      assert.match(error.message, new RegExp(`has sha256=${two}, and the address says sha256=${one}`));
      assert.equal(error.canAsk, false);
    }
  });

  it('trusts what an authority vouches for, also in place of a key that was known', async (test) => {
    for (const lines of ['', `example.org:4711 sha256=${two}\n`]) {
      const trust = serverTrust(await known(test, lines), clock);
      assert.equal(await trust.hasKey(address), lines !== '');
      assert.equal(await trust.check(vouchedFor), 'trusted');
      assert.equal(await trust.check(unchecked), 'undecided');
    }
  });

  it('trusts the key that is known, whatever its certificate says', async (test) => {
    const trust = serverTrust(await known(test, `example.org:4711 sha256=${one}\n`), clock);
    for (const shown of [unchecked, selfSigned, withCertificate({ isVouchedFor: false, validToMs: 0 })]) {
      assert.equal(await trust.check(shown), 'trusted');
    }
  });

  it('refuses another key than the known one, and names the line to remove', async (test) => {
    const error = await refused(test, selfSigned, `# mine\nexample.org:4711 sha256=${two}\n`);
    assert.match(error.message, /has another key than before: sha256=1{64}\. Somebody may be reading along/);
    assert.match(error.message, /remove line 2 of .*known-servers \(example\.org:4711 sha256=2{64}\)/);
    assert.equal(error.canAsk, false);
  });

  it('lets a person decide about a key that nobody knows, and says what to do without one', async (test) => {
    const error = await refused(test, selfSigned);
    assert.equal(error.canAsk, true);
    assert.match(error.message, /chats:\/\/Example\.org:4711#sha256=1{64}, or connect once at a terminal/);
  });

  it('has words for each other fault, and asks nobody about them', async (test) => {
    for (const [fault, words] of [
      [{ validToMs: nowMs - 1 }, /expired on 2026-06-14; whoever runs the server must renew it/],
      [
        { validFromMs: nowMs + dayMs },
        /not valid before 2026-06-16, and this machine's clock says 2026-06-15/,
      ],
      [
        { isForHost: false, hosts: 'DNS:a.example, IP Address:192.0.2.7' },
        /is not for Example\.org but for "a\.example, 192\.0\.2\.7"/,
      ],
    ] as const) {
      const error = await refused(test, withCertificate(fault));
      assert.match(error.message, words);
      assert.equal(error.canAsk, false);
    }
    const expired = withCertificate({ isVouchedFor: false, validToMs: 0 });
    assert.match((await refused(test, expired)).message, /expired on 1970-01-01/);
  });

  it('knows the key of a server over UDP by a line of its own, and asks a person about a new one', async (test) => {
    const overUdp = { address: { ...address, scheme: 'chat+udp' }, keySha256: one, certificate: undefined };
    const error = await refused(test, overUdp, `example.org:4711 sha256=${one}\n`);
    assert.equal(error.canAsk, true);
    assert.match(error.message, /chat\+udp:\/\/Example\.org:4711#sha256=1{64}, or connect once/);
    const servers = await known(test);
    await servers.add(overUdp.address, one);
    assert.equal(await readFile(servers.path, 'utf8'), `chat+udp://example.org:4711 sha256=${one}\n`);
    const trust = serverTrust(servers, clock);
    assert.equal(await trust.check(overUdp), 'trusted');
    await assert.rejects(
      trust.check({ ...overUdp, keySha256: two }),
      /another key than before.*remove line 1/,
    );
    await assert.rejects(trust.check(selfSigned), /no authority vouches/);
  });
});
