import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { connect, type Dial } from '../../src/library.ts';
import type { Connection } from '../../src/transport/connection.ts';
import { dialTcp } from '../../src/transport/tcp.ts';
import { closing, next, recorded } from '../support/client-events.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('a guest who is kept', () => {
  it('comes back in a later run, gets what they missed, and a text that they repeat is stored once', async (t) => {
    const { port } = await testServer(t);
    const stateFolder = await temporaryFolder(t);
    const address = `chat://127.0.0.1:${port}`;
    const connections: Connection[] = [];
    const dial: Dial = async (_address, signal) => {
      if (connections.length > 0) throw new Error('this run is over');
      const connection = await dialTcp({ host: '127.0.0.1', port }, signal);
      connections.push(connection);
      return connection;
    };
    const options = { name: 'alice', keepGuest: true, stateFolder };
    const first = closing(t, await connect(address, { ...options, dial }));
    await first.follow('apple');
    const bob = closing(t, await connect(address, { name: 'bob', follow: ['pear'], stateFolder: false }));
    const pears = recorded(bob);
    const heard = next(first, 'message');
    await bob.send('an apple');
    await heard;
    const sent = await first.send('a pear', { id: 'run1.1' });
    const offline = next(first, 'offline');
    for (const connection of connections) connection.destroy();
    await offline;
    await bob.send('another apple');

    // The first run has not waited until its token was in the file.
    while (!(await readdir(stateFolder)).some((file) => file.endsWith('.json')))
      await new Promise(setImmediate);
    const again = closing(t, await connect(address, options));
    const events = recorded(again);
    const repeated = again.send('a pear', { id: 'run1.1', isRepeat: true });
    const later = again.send('a second pear', { id: 'run2.1' });
    await next(again, 'caught-up');
    assert.equal((await repeated).position, sent.position);
    await later;
    assert.ok(events.includes('bob: another apple'));
    assert.equal(again.isGuest, true);
    assert.ok((await again.follows()).includes('apple'));
    assert.deepEqual(pears, ['alice: a pear', 'alice: a second pear']);
  });

  it('registers again where the server has forgotten them', async (t) => {
    const stateFolder = await temporaryFolder(t);
    const { port } = await testServer(t, { limits: { guestKeptMs: 0 } });
    const address = `chat://127.0.0.1:${port}`;
    const options = { name: 'alice', keepGuest: true, stateFolder };
    const first = await connect(address, options);
    await first.close();
    const again = closing(t, await connect(address, options));
    assert.equal(again.isGuest, true);
    await assert.rejects(connect(address, { name: 'alice', stateFolder: false }), { reason: 'taken' });
  });

  it('refuses an id that is none', async (t) => {
    const { port } = await testServer(t);
    const alice = closing(
      t,
      await connect(`chat://127.0.0.1:${port}`, { name: 'alice', stateFolder: false }),
    );
    await assert.rejects(alice.send('x', { id: 'two words' }), { code: 422 });
  });
});
