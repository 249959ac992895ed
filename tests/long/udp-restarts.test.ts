import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client-node/connect.ts';
import { closing } from '../support/client-events.ts';
import { type ServerProcess, startServerProcess, udpAddressOf } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A server that is started again and again, and clients with accounts over UDP. */
class Scene {
  readonly #context: TestContext;
  readonly #args: readonly string[];
  readonly #stateFolder: string;
  server: ServerProcess;

  static async of(context: TestContext): Promise<Scene> {
    const args = ['--data', await temporaryFolder(context), '--message-rate', '0'];
    return new Scene(context, args, await temporaryFolder(context), await startServerProcess(context, args));
  }

  private constructor(
    context: TestContext,
    args: readonly string[],
    stateFolder: string,
    server: ServerProcess,
  ) {
    this.#context = context;
    this.#args = args;
    this.#stateFolder = stateFolder;
    this.server = server;
  }

  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.server.end(signal);
    this.server = await startServerProcess(this.#context, this.#args);
  }

  async client(name: string): Promise<Client> {
    const client = await connect(udpAddressOf(this.server), {
      ...{ name, password: 'correct horse', account: 'either', follow: ['tick'] },
      ...{ stateFolder: this.#stateFolder, random: () => 0 },
    });
    return closing(this.#context, client);
  }
}

test('what clients over UDP say arrives once each, in order, however often the server ends', async (context) => {
  const scene = await Scene.of(context);
  const address = udpAddressOf(scene.server);
  const names = ['alice', 'bob'];
  const clients = await Promise.all(names.map((name) => scene.client(name)));
  const heard: string[][] = [[], []];
  const isDone = Promise.withResolvers<void>();
  const rounds: readonly (NodeJS.Signals | undefined)[] = ['SIGTERM', 'SIGKILL', 'SIGKILL', undefined];
  const perRound = 20;
  for (const [i, client] of clients.entries()) {
    client.on('message', ({ from, text, isOwn }) => {
      if (isOwn) return;
      assert.equal(from, names[1 - i]);
      heard[i]?.push(text);
      if (heard.every((texts) => texts.length >= rounds.length * perRound)) isDone.resolve();
    });
    client.on('gap', (gap) => assert.fail(`a gap ${JSON.stringify(gap)}`));
  }
  const expected: string[] = [];
  for (const [round, signal] of rounds.entries()) {
    const sent: Promise<unknown>[] = [];
    for (let i = 0; i < perRound; i++) {
      const text = `tick ${round} ${i}`;
      expected.push(text);
      for (const client of clients) sent.push(client.send(text));
      // The others are under way when the server ends.
      if (i === 3) await Promise.all(sent);
    }
    if (signal !== undefined) await scene.restart(signal);
    await Promise.all(sent);
  }
  await isDone.promise;
  assert.deepEqual(heard, [expected, expected]);
  assert.equal(udpAddressOf(scene.server), address, 'the port and the key are the same');
});
