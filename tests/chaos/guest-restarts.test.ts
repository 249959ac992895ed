import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { transports } from '../support/bad-path.ts';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

for (const { name: over, open, signal } of transports.flatMap((one) =>
  (['SIGTERM', 'SIGKILL'] as const).map((signal) => ({ ...one, signal })),
)) {
  test(`a guest's texts that are under way over ${over} at ${signal} are stored once each`, async (context) => {
    const args = ['--data', await temporaryFolder(context), '--message-rate', '0'];
    let server = await startServerProcess(context, args);
    const { wire, address } = await open(context, server);
    const guest = await connect(address, {
      ...{ name: 'alice', follow: ['pear'], stateFolder: false, random: () => 0 },
    });
    context.after(() => guest.close());
    const gaps: unknown[] = [];
    guest.on('gap', (gap) => gaps.push(gap));
    const texts: string[] = [];
    for (let round = 0; round < 3; round++) {
      await guest.send(`before ${round}`);
      // The text is stored, and its answer is lost.
      const cut = wire.cut(0);
      const sent = [guest.send(`under way ${round}`), guest.send(`behind it ${round}`)];
      await cut;
      wire.target = 1;
      await server.end(signal);
      server = await startServerProcess(context, args);
      const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bob');
      await bob.ask('SEND', {}, `a pear ${round}`);
      await bob.ask('LOGOUT');
      const heard = signal === 'SIGTERM' ? new Promise((resolve) => guest.on('message', resolve)) : undefined;
      wire.target = server.port;
      await Promise.all([...sent, heard]);
      texts.push(`before ${round}`, `under way ${round}`, `behind it ${round}`);
    }
    // After a kill the guest hears that something was said without them; after a planned restart they get it.
    assert.equal(gaps.length > 0, signal === 'SIGKILL');
    assert.deepEqual(await guest.follows(), ['pear', '@alice', '@all']);
    assert.deepEqual(await textsOfAlice(context, server), texts);
  });
}

async function textsOfAlice(context: TestContext, server: { readonly port: number }): Promise<string[]> {
  const { client } = await ParcelClient.enter(context, server, 'REGISTER carol');
  client.send('FOLLOW', { Term: '@alice', Since: 0 });
  return textsOf(await client.until('200 Now following'));
}
