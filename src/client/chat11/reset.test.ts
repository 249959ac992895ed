import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { closing, next, recorded } from '../../../tests/support/client-events.ts';
import { admitted, startChat11StandIn } from '../../../tests/support/stand-in-chat11.ts';
import { connect } from '../../client-node/connect.ts';

const said = (position: number, text: string) =>
  ({ kind: 'message', position, from: 'bob', timeMs: 0, text }) as const;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a client whose server has another log after a reconnect', () => {
  for (const [what, epoch] of [
    ['another log', 'e2'],
    ['an earlier state of the same log', 'e1'],
  ] as const) {
    it(`handles what is said in ${what}, though it was just reading the old one again`, async (t) => {
      const server = await startChat11StandIn(t, (request, peer) => {
        if (request.kind === 'login' && request.since !== undefined) {
          peer.answer({ kind: 'login', ...admitted, epoch, position: 2 });
        } else if (request.kind === 'history') {
          peer.tell({ kind: 'reset', epoch });
          peer.answer({ kind: 'history' });
        } else return true;
        return false;
      });
      const options = {
        name: 'alice',
        password: 'correct-horse',
        stateFolder: false,
        random: () => 0,
      } as const;
      const client = closing(t, await connect(server.address, options));
      const handled: (number | undefined)[] = [];
      const door = Promise.withResolvers<void>();
      const working = client.handle(async ({ position }) => {
        await door.promise;
        handled.push(position);
      });
      const last = new Promise<void>((resolve) => {
        client.on('message', ({ position }) => position === 300 && resolve());
      });
      for (let position = 1; position <= 300; position++) server.peers.at(-1)?.tell(said(position, 'old'));
      await last;
      const reset = next(client, 'reset');
      server.peers.at(-1)?.cut();
      door.resolve();
      await reset;
      await client.list();
      server.peers.at(-1)?.tell(said(3, 'new'));
      await client.list();
      await turn();
      assert.deepEqual(
        handled.slice(-2),
        [256, 3],
        'what did not fit is lost with the old log, and nothing else',
      );
      assert.deepEqual([client.epoch, client.position], [epoch, 3]);
      await client.close();
      await working;
    });
  }

  it('tells a guest who registers again in an earlier state of the log', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'login') peer.refuse(403);
      else if (request.kind === 'register') {
        peer.answer({ kind: 'register', ...admitted, position: server.connections === 1 ? 4 : 2 });
      } else return true;
      return false;
    });
    const options = { name: 'alice', stateFolder: false, random: () => 0 } as const;
    const client = closing(t, await connect(server.address, options));
    const events = recorded(client);
    const reset = next(client, 'reset');
    server.peers.at(-1)?.cut();
    await reset;
    assert.deepEqual(events.slice(1), ['online', 'reset e1']);
    assert.equal(client.position, 2);
  });
});
