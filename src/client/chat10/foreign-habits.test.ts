import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { registered, started, turn } from '../../../tests/support/chat10-client-scene.ts';

describe('Chat10Client, with servers that others wrote', () => {
  it('sends REGISTER alone, and then follows one term at a time', async () => {
    const { wire, client, events, clock } = started({}, ['apple', 'pie', 'jam']);
    await turn();
    assert.equal(wire.written, 'REGISTER alice CHAT/1.0\n');
    wire.receive(registered);
    await turn();
    const said = client.say('behind them');
    await turn();
    assert.match(wire.written, /1\.0\n@alice: !follow apple\n$/);
    wire.receive('@bob: Now following apple\nNow following apple\n');
    await turn();
    assert.match(wire.written, /apple\n@alice: !follow pie\n$/);
    wire.receive('Error:  too many\n');
    await turn();
    clock.advance(2_000);
    await said;
    assert.match(wire.written, /!follow jam\n@alice: behind them\n$/);
    assert.deepEqual(events, [
      'registered',
      'text @bob: Now following apple',
      'text Error:  too many',
      'problem The server does not answer !follow "jam"; it may not know that command.',
    ]);
    await client.quit();
  });

  it('sends the header block to a server that is silent for half a second', async () => {
    const { wire, clock, client, events } = started({}, ['apple', 'pie']);
    for (const ms of [450, 49]) {
      clock.advance(ms);
      await turn();
    }
    assert.equal(wire.written, 'REGISTER alice CHAT/1.0\n');
    clock.advance(1);
    await turn();
    assert.equal(wire.written, 'REGISTER alice CHAT/1.0\nFollow: apple,pie\n\n');
    wire.receive(registered);
    await client.say('hello');
    assert.deepEqual(events, ['registered']);
    assert.match(wire.written, /\n\n@alice: hello\n$/);
    await client.quit();
  });

  it('takes an answer and lines without line ends', async () => {
    const { wire, clock, events, ending } = started();
    wire.receive('200 Registration');
    await turn();
    clock.advance(100);
    wire.receive(' successful');
    await turn();
    clock.advance(250);
    await turn();
    assert.deepEqual(events, ['registered']);
    for (const text of ['@bob: one', '@bob: two\n@bob: three']) {
      wire.receive(text);
      await turn();
      clock.advance(100);
      await turn();
    }
    wire.receive('@bob: fourDISCONNECT CHAT/1.0');
    await turn();
    clock.advance(100);
    assert.deepEqual(await ending, { kind: 'closed-by-server', asked: false });
    assert.deepEqual(
      events.slice(1),
      ['one', 'two', 'three', 'four'].map((text) => `text @bob: ${text}`),
    );
  });

  it('takes an answer and a line of chat that came in one read', async () => {
    const { wire, events, ending } = started();
    wire.receive('200 Registration successful@bob: hello\n');
    await turn();
    wire.receive('DISCONNECT CHAT/1.0');
    wire.finish();
    assert.deepEqual(await ending, { kind: 'closed-by-server', asked: false });
    assert.deepEqual(events, ['registered', 'text @bob: hello']);
  });

  it('does not take the beginning of a file for a line', async () => {
    const { wire, clock, events } = started();
    wire.receive(`${registered}ATTACHMENT a.txt CHAT/1.0`);
    await turn();
    clock.advance(5_000);
    await turn();
    wire.receive('\nOrigin: bob\nContent-Length: 2\nhi');
    await turn();
    assert.deepEqual(events, ['registered', 'file a.txt of 2 from bob: hi']);
  });

  it('finish: says goodbye behind everything, and hears what the server still answers', async () => {
    const { wire, client, events, ending } = started();
    wire.receive(registered);
    await turn();
    await client.say('!list');
    await client.finish();
    await client.say('too late');
    assert.match(wire.written, /@alice: !list\nDISCONNECT alice CHAT\/1\.0\n$/);
    wire.receive('alice, bob\n');
    wire.finish();
    assert.deepEqual(await ending, { kind: 'closed-by-server', asked: true });
    assert.deepEqual(events, ['registered', 'text alice, bob']);
  });
});
