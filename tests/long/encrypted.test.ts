import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { earshot } from '../faces/joiner.ts';
import { certified, newPrivateKey } from '../support/certificates.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const accounts = { alice: 'correct horse' };
const dayMs = 86_400_000;

/** A server with a certificate or over UDP, and the folder of somebody who uses it. */
class Scene {
  readonly port: number;
  readonly scheme: string;
  readonly keySha256: string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;

  static async of(context: TestContext, made = certified()): Promise<Scene> {
    const home = await temporaryFolder(context);
    const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
    await writeFile(cert, made.cert);
    await writeFile(key, made.key);
    const { port } = await testServer(context, { accounts, tls: { cert, key } });
    return new Scene('chats', port, made.keySha256, home);
  }

  static async overUdp(context: TestContext): Promise<Scene> {
    const home = await temporaryFolder(context);
    const { port, joinAddresses } = await testServer(context, { accounts, udp: true });
    const [, keySha256] = /sha256=([0-9a-f]{64})/.exec(joinAddresses.join(' ')) ?? [];
    assert.ok(keySha256);
    return new Scene('chat+udp', port, keySha256, home);
  }

  private constructor(scheme: string, port: number, keySha256: string, home: string) {
    this.scheme = scheme;
    this.port = port;
    this.keySha256 = keySha256;
    this.home = home;
    this.environment = { HOME: home, XDG_STATE_HOME: join(home, 'state'), EARSHOT_PASSWORD: 'correct horse' };
  }

  get address(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  get pinned(): string {
    return `${this.address}#sha256=${this.keySha256}`;
  }

  /** As `known-servers` has it. */
  lineWith(keySha256: string): string {
    const server = `127.0.0.1:${this.port}`;
    return `${this.scheme === 'chats' ? server : `${this.scheme}://${server}`} sha256=${keySha256}\n`;
  }

  get knownServers(): string {
    return join(this.home, 'state', 'earshot', 'known-servers');
  }

  async know(line: string): Promise<void> {
    await mkdir(join(this.home, 'state', 'earshot'), { recursive: true });
    await writeFile(this.knownServers, line);
  }

  run(args: readonly string[], { input = '', env = {} } = {}) {
    return runEarshot(args, { ...this.environment, ...env }, input);
  }

  /** What `earshot list` says, through pipes. */
  async refusal(address = this.address, env = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(['list', address], { env });
    assert.deepEqual([exitCode, stdout], [1, ''], stderr);
    assert.match(stderr, /^earshot: .*\n$/);
    return stderr;
  }

  terminal(context: TestContext, args: readonly string[]): Pty {
    const words = [process.execPath, earshot, ...args];
    const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, {
      columns: 200,
      env: { ...this.environment, ...asGuest },
    });
    context.after(() => pty.close());
    return pty;
  }
}

/** A password is for an account only. */
const asGuest = { EARSHOT_PASSWORD: '' };

/** Both are trusted by the same rules. */
const scenes = [
  ['TLS', (context: TestContext) => Scene.of(context)],
  ['UDP', (context: TestContext) => Scene.overUdp(context)],
] as const;

for (const [what, sceneOf] of scenes) {
  describe(`a server over ${what}, through pipes`, () => {
    test('is served by every command, by the fingerprint in its address', async (context) => {
      const scene = await sceneOf(context);
      const { pinned, port } = scene;
      const bob = await WireClient.register(context, { port }, 'bob');
      const said = await scene.run(['send', '--name', 'alice', pinned, 'hello @bob']);
      assert.deepEqual([said.exitCode, said.stderr], [0, '']);
      assert.equal(await bob.line(), '@alice: hello @bob');
      const listed = await scene.run(['list', pinned]);
      assert.deepEqual([listed.exitCode, listed.stdout], [0, 'bob\n']);
      const history = await scene.run(['history', '--name', 'alice', pinned]);
      assert.equal(history.exitCode, 0, history.stderr);
      const joined = await scene.run(['join', 'carol', pinned], { input: 'hi @bob\n', env: asGuest });
      assert.deepEqual([joined.exitCode, joined.stderr], [0, '']);
      assert.equal(await bob.line(), '@carol: hi @bob');
      const old = await scene.run(['join', 'dave', pinned, '--protocol', 'chat10'], { input: 'ho @bob\n' });
      assert.equal(old.exitCode, 0, old.stderr);
      assert.equal(await bob.line(), '@dave: ho @bob');
      const verbs = await scene.run(['console', pinned], { input: 'login erin\nlist\nexit\n' });
      assert.deepEqual([verbs.exitCode, verbs.stderr], [0, '']);
      assert.match(verbs.stdout, /bob/);
      const menu = await scene.run(['menu', pinned], { input: 'alice\ncorrect horse\nEX\n' });
      assert.equal(menu.exitCode, 0, menu.stderr);
    });

    test('is refused when nobody knows its key, and the words say what to do', async (context) => {
      const scene = await sceneOf(context);
      assert.match(await scene.refusal(), new RegExp(`#sha256=${scene.keySha256}, or connect once`));
      const commands: readonly (readonly string[])[] = [
        ['join', 'bob', scene.address],
        ['send', '--name', 'bob', scene.address, 'hello'],
        ['tail', scene.address],
        ['console', scene.address],
        ['menu', scene.address],
      ];
      for (const args of commands) {
        const { exitCode, stderr } = await scene.run(args);
        assert.equal(exitCode, 1, args.join(' '));
        assert.ok(stderr.includes(scene.pinned), stderr);
      }
      await assert.rejects(readFile(scene.knownServers), { code: 'ENOENT' });
    });

    test('is refused with another key than its address or known-servers has', async (context) => {
      const scene = await sceneOf(context);
      const other = '0'.repeat(64);
      assert.match(
        await scene.refusal(`${scene.address}#sha256=${other}`),
        /not have the key that its address/,
      );
      await scene.know(scene.lineWith(other));
      assert.match(await scene.refusal(), /another key than before.* remove line 1 of .*known-servers/);
      await scene.know(scene.lineWith(scene.keySha256));
      assert.equal((await scene.run(['list', scene.address])).exitCode, 0);
    });
  });

  describe(`a server over ${what}, at a terminal`, { skip: ptyMissing }, () => {
    const question = 'Trust it from now on? (yes/no)';

    async function asked(context: TestContext, scene: Scene): Promise<Pty> {
      const pty = scene.terminal(context, ['join', 'bob', scene.address]);
      await pty.waitFor('the question', ({ rows }) => rows.at(-1) === question);
      return pty;
    }

    test('is trusted after one question, whose answer is remembered', async (context) => {
      const scene = await sceneOf(context);
      const pty = await asked(context, scene);
      assert.ok(pty.rows.join('').includes(`sha256=${scene.keySha256}`));
      pty.type('maybe\r');
      await pty.waitFor(
        'the question again',
        ({ rows }) => rows.filter((row) => row.startsWith(question)).length > 1,
      );
      pty.type('yes\r');
      await pty.waitFor('a prompt', ({ rows }) => rows.at(-1) === '>');
      assert.equal(await readFile(scene.knownServers, 'utf8'), scene.lineWith(scene.keySha256));
      const carol = await ParcelClient.enter(context, scene, 'REGISTER carol');
      assert.equal(carol.answer.start, '200 Registered');
      carol.client.send('SEND', {}, 'hello @bob');
      await pty.waitFor('hello', ({ rows }) => rows.some((row) => row.endsWith('hello @bob')));
      pty.type('!exit\r');
      assert.equal(await pty.exit(), 0);
      const again = scene.terminal(context, ['join', 'bob', scene.address]);
      await again.waitFor('a prompt', ({ rows }) => rows.at(-1) === '>');
      assert.ok(!again.raw.includes('fingerprint'));
    });

    test('is left alone after a no or Ctrl-C', async (context) => {
      for (const typed of ['no\r', '\x03']) {
        const scene = await sceneOf(context);
        const pty = await asked(context, scene);
        pty.type(typed);
        assert.equal(await pty.exit(), 1);
        await assert.rejects(readFile(scene.knownServers), { code: 'ENOENT' });
      }
    });
  });
}

describe('a certificate', () => {
  test('is refused when its certificate has expired or is not valid yet, unless its key is named', async (context) => {
    const nowMs = Date.now();
    for (const [dates, words] of [
      [{ validFromMs: nowMs - 9 * dayMs, validToMs: nowMs - dayMs }, /expired on \d{4}-\d\d-\d\d; whoever/],
      [
        { validFromMs: nowMs + dayMs, validToMs: nowMs + 9 * dayMs },
        /is not valid before .* correct the clock/,
      ],
    ] as const) {
      const scene = await Scene.of(context, certified(dates));
      assert.match(await scene.refusal(), words);
      assert.equal((await scene.run(['list', scene.pinned])).exitCode, 0);
    }
  });

  test('needs nothing but an authority of the system, for the right host', async (context) => {
    const privateKey = newPrivateKey();
    const name = 'Test Authority';
    const authority = certified({ name, hosts: [], isAuthority: true, privateKey });
    const scene = await Scene.of(context, certified({ issuer: { name, privateKey } }));
    const roots = join(scene.home, 'roots.pem');
    await writeFile(roots, authority.cert);
    const env = { NODE_EXTRA_CA_CERTS: roots };
    assert.equal((await scene.run(['list', scene.address], { env })).exitCode, 0);
    assert.match(await scene.refusal(), /no authority vouches/);
    const renewed = certified({ issuer: { name, privateKey } });
    assert.notEqual(renewed.keySha256, scene.keySha256);
    // A key that was known before the server got this certificate does not stand in the way.
    await scene.know(`127.0.0.1:${scene.port} sha256=${renewed.keySha256}\n`);
    assert.equal((await scene.run(['list', scene.address], { env })).exitCode, 0);

    const wrong = await Scene.of(context, certified({ issuer: { name, privateKey }, hosts: ['a.example'] }));
    assert.match(await wrong.refusal(undefined, env), /is not for 127\.0\.0\.1 but for "a\.example"/);
  });

  test('is not looked for where no TLS is spoken', async (context) => {
    const { port } = await testServer(context);
    const { exitCode, stderr } = await runEarshot(['list', `chats://127.0.0.1:${port}`]);
    assert.equal(exitCode, 69, stderr);
    assert.match(stderr, /cannot reach chats:.*does not speak TLS; without encryption.*chat:\/\//);
  });
});
