import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { closing, next, recorded } from '../../../tests/support/client-events.ts';
import { startChat11StandIn } from '../../../tests/support/stand-in-chat11.ts';
import { connect } from '../../client-node/connect.ts';

const said = (position: number, from: string, text: string) =>
  ({ kind: 'message', position, from, timeMs: 0, text }) as const;

const sha256 = createHash('sha256').update('note').digest('hex');

describe('a client that its server found too slow', () => {
  it('is not shown the echo of its own text, which the server read from its log before it answered', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind !== 'send') return true;
      peer.tell(said(1, 'alice', 'mine'));
      peer.tell(said(2, 'alice', "of alice's other device"));
      peer.tell(said(3, 'bob', 'two'));
      peer.answer({ kind: 'send', position: 1, reached: 0 });
      return false;
    });
    const client = closing(t, await connect(server.address, { name: 'alice', stateFolder: false }));
    const events = recorded(client);
    await client.send('mine');
    while (client.position !== 3) await next(client, 'message');
    assert.deepEqual(events, ["own alice: of alice's other device", 'bob: two']);
  });

  it('is not shown the echo of its own file either', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'attach') peer.answer({ kind: 'attach', upload: 'u1', offset: 0 });
      else if (request.kind === 'commit') {
        const { from, timeMs } = said(1, 'alice', '');
        const file = { attachment: 'f1', name: 'note.txt', bytes: 4, sha256 };
        peer.tell({ kind: 'attachment', position: 1, from, timeMs, ...file });
        peer.tell(said(2, 'bob', 'two'));
        peer.answer({ kind: 'commit', position: 1, reached: 0, sha256 });
      } else return request.kind !== 'data';
      return false;
    });
    const client = closing(t, await connect(server.address, { name: 'alice', stateFolder: false }));
    const events = recorded(client);
    const file = { name: 'note.txt', content: Buffer.from('note') };
    await client.attach(file, { terms: ['apple'] });
    while (client.position !== 2) await next(client, 'message');
    assert.deepEqual(events, ['bob: two']);
  });
});
