import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { HeldConnection } from '../../../tests/support/held-connection.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import { VerbsClient } from './verbs-client.ts';

function started() {
  const wire = new HeldConnection();
  const clock = new FakeClock();
  const events: string[] = [];
  const handlers = {
    onReady: () => void events.push('ready'),
    onAnswer: (answer: object) => void events.push(JSON.stringify(answer)),
    onDelivery: (sender: string, text: string) => void events.push(`${sender}: ${text}`),
    onProblem: (problem: string) => void events.push(`problem ${problem}`),
  };
  const client = new VerbsClient(wire, { clock, handlers });
  return { wire, clock, events, client, ending: client.run() };
}

/** Lets pending promises settle. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function ready() {
  const all = started();
  all.wire.receive('LIST\n');
  await turn();
  return all;
}

describe('VerbsClient', () => {
  it('sends list as a handshake, and is ready when that is answered', async () => {
    const { wire, events } = started();
    await turn();
    assert.equal(wire.written, 'list\n');
    assert.deepEqual(events, []);
    wire.receive('LIST John\n');
    await turn();
    assert.deepEqual(events, ['ready']);
  });

  it('parses the same however the bytes are split, and tells answers from deliveries', async () => {
    const script = encodeUtf8(
      'LIST\nRESPONSE ok\nSENDTO Bob grüße 👋\nLIST Bob John\r\nRESPONSE failure\nSENDTO Bob LIST\nRESPONSE malformed\n',
    );
    const hearIn = async (pieceBytes: number) => {
      const { wire, events, client } = started();
      wire.receive(script.slice(0, 5));
      await turn();
      const asked = [
        client.ask({ kind: 'login', name: 'John' }),
        client.ask({ kind: 'list' }),
        client.ask({ kind: 'sendto', to: 'Nobody', text: 'hello' }),
        client.ask({ kind: 'logout' }),
      ];
      for (let at = 5; at < script.length; at += pieceBytes) {
        wire.receive(script.slice(at, at + pieceBytes));
        await turn();
      }
      assert.deepEqual(await Promise.all(asked), [true, true, true, true]);
      assert.equal(wire.written, 'list\nlogin John\nlist\nsendto Nobody hello\nlogout\n');
      return events;
    };
    const whole = await hearIn(script.length);
    assert.deepEqual(whole, [
      'ready',
      '{"kind":"response","result":"ok"}',
      'Bob: grüße 👋',
      '{"kind":"list","names":["Bob","John"]}',
      '{"kind":"response","result":"failure"}',
      'Bob: LIST',
      '{"kind":"response","result":"malformed"}',
    ]);
    for (const pieceBytes of [1, 2, 7]) assert.deepEqual(await hearIn(pieceBytes), whole);
  });

  it('sends exit, and takes the outstanding answers', async () => {
    const { wire, events, client, ending } = await ready();
    const asked = client.ask({ kind: 'logout' });
    const left = client.leave();
    void client.leave();
    assert.equal(await client.ask({ kind: 'list' }), false, 'it asks for nothing more');
    wire.receive('SENDTO Bob bye\nRESPONSE ok\n');
    wire.finish();
    assert.equal(await asked, true);
    await left;
    assert.deepEqual(await ending, { kind: 'left' });
    assert.equal(wire.written, 'list\nlogout\nexit\n');
    assert.deepEqual(events.slice(1), ['Bob: bye', '{"kind":"response","result":"ok"}']);
  });

  it('leaves a server that does not close the connection', async () => {
    const { clock, client, ending } = await ready();
    void client.leave();
    await turn();
    clock.advance(1_000);
    assert.deepEqual(await ending, { kind: 'left' });
  });

  it('distinguishes a server that closes in order from a lost connection', async () => {
    const first = await ready();
    first.wire.finish();
    assert.deepEqual(await first.ending, { kind: 'closed-by-server' });
    const second = await ready();
    const asked = second.client.ask({ kind: 'list' });
    second.wire.finish();
    assert.deepEqual(await second.ending, { kind: 'lost', cause: undefined });
    assert.equal(await asked, false);
  });

  it('tells the last words of a server that ends the connection', async () => {
    const banned = started();
    banned.wire.receive('RESPONSE failure\nSENDTO server This address is banned\n');
    banned.wire.finish();
    assert.deepEqual(await banned.ending, { kind: 'dismissed', reason: 'This address is banned' });
    const later = await ready();
    later.wire.receive('SENDTO server back soon\nSENDTO bob hello\n');
    later.wire.finish();
    assert.deepEqual(await later.ending, { kind: 'closed-by-server' });
  });

  it('restarts the answer time-out with each answer', async () => {
    const { wire, clock, client, ending } = await ready();
    const asked = [client.ask({ kind: 'list' }), client.ask({ kind: 'list' })];
    await turn();
    clock.advance(29_999);
    wire.receive('LIST\n');
    await turn();
    clock.advance(29_999);
    assert.equal(await asked[0], true);
    clock.advance(1);
    assert.deepEqual(await ending, { kind: 'unanswered' });
    assert.equal(await asked[1], false);
  });

  it('has no time-out while nothing is unanswered', async () => {
    const { clock, client, wire } = await ready();
    clock.advance(1_000_000);
    const asked = client.ask({ kind: 'list' });
    wire.receive('LIST\n');
    assert.equal(await asked, true);
  });

  it('recognizes a server of another protocol, and one that never answers', async () => {
    const http = started();
    http.wire.receive('HTTP/1.1 400 Bad Request\r\n');
    assert.deepEqual(await http.ending, { kind: 'foreign', line: 'HTTP/1.1 400 Bad Request' });
    const silent = started();
    await turn();
    silent.clock.advance(10_000);
    assert.deepEqual(await silent.ending, { kind: 'unanswered' });
    const endless = await ready();
    endless.wire.receive('x'.repeat(300_000));
    assert.equal((await endless.ending).kind, 'broken');
  });

  it('reports lines that make no sense, and goes on', async () => {
    const { wire, events } = await ready();
    wire.receive('RESPONSE ok\nnonsense\n');
    wire.receive(Uint8Array.of(0xff, 10));
    wire.receive('SENDTO Bob hello\n');
    await turn();
    assert.deepEqual(events.slice(1), [
      'problem The server said "RESPONSE ok", which makes no sense here.',
      'problem The server said "nonsense", which makes no sense here.',
      'problem A line that is not UTF-8 text came, and is not shown.',
      'Bob: hello',
    ]);
  });
});
