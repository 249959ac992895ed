import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { recorder, registered, sourceOf, started, turn } from '../../../tests/support/chat10-client-scene.ts';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { HeldConnection } from '../../../tests/support/held-connection.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import { Chat10Client } from './chat10-client.ts';
import type { Chat10Handlers } from './chat10-handlers.ts';

describe('Chat10Client', () => {
  it('parses the same however the bytes are split', async () => {
    const script = [
      registered,
      '@bob: hello\r\n',
      'ATTACHMENT a.txt CHAT/1.0\nOrigin: bob\nContent-Length: 12\nDISCONNECT!\n',
      'ATTACHMENT empty CHAT/1.0\nOrigin: eve\nX-New: 1\nContent-Length: 0\n',
      'ATTACH /etc/passwd CHAT/1.0\n',
      '@bob: grüße 👋\nError:  no\n\n',
      'DISCONNECT CHAT/1.0\nnever seen\n',
    ].join('');
    const bytes = encodeUtf8(script);
    const hearIn = async (cuts: readonly number[]) => {
      const { wire, events, ending } = started();
      let from = 0;
      for (const to of [...cuts, bytes.length]) {
        wire.receive(bytes.slice(from, to));
        from = to;
        await turn();
      }
      return { events, ending: await ending, written: wire.written };
    };
    const whole = await hearIn([]);
    assert.deepEqual(whole.ending, { kind: 'closed-by-server', asked: false });
    assert.deepEqual(whole.events, [
      'registered',
      'text @bob: hello',
      'file a.txt of 12 from bob: DISCONNECT!\n',
      'file empty of 0 from eve: ',
      'problem The server asked for the file "/etc/passwd", which you did not attach. Refused.',
      'text @bob: grüße 👋',
      'text Error:  no',
      'text ',
    ]);
    assert.deepEqual(await hearIn(Array.from(bytes.keys())), whole);
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        assert.deepEqual(await hearIn(at.toSorted((a, b) => a - b)), whole);
      }),
      { numRuns: 50 },
    );
  });

  it('sends the named file without other bytes between', async () => {
    const { wire, client, ending } = started({ 'my file.txt': 'content of the file' });
    wire.receive(registered);
    await client.say('!attach "my file.txt" apple');
    wire.receive('ATTACH my file.txt CHAT/1.0\nATTACH my file.txt CHAT/1.0\n');
    await turn();
    const said = client.say('afterwards');
    await client.attachmentsSettled();
    await said;
    assert.equal(
      wire.written.slice(wire.written.indexOf('@alice: !attach')),
      '@alice: !attach "my file.txt" apple\nContent-Length: 19\ncontent of the file' +
        'Content-Length: -1\n@alice: afterwards\n',
    );
    await client.quit();
    assert.deepEqual(await ending, { kind: 'left' });
  });

  it('accepts the last part of a path, which some servers request', async () => {
    const { wire, client } = started({ 'sub/note.txt': 'x' });
    wire.receive(registered);
    await client.say('!attach sub/note.txt apple');
    wire.receive('ATTACH note.txt CHAT/1.0\n');
    await client.attachmentsSettled();
    assert.match(wire.written, /Content-Length: 1\nx$/);
  });

  it('waits for the connection to drain (back-pressure)', async () => {
    const { wire, client } = started();
    wire.receive(registered);
    await turn();
    wire.unsentBytes = 1_000_000;
    let isThrough = false;
    const said = client.say('one').then(() => {
      isThrough = true;
    });
    await turn();
    assert.equal(isThrough, false);
    wire.drain();
    await said;
  });

  it('breaks off when a file becomes shorter', async () => {
    const { handlers } = recorder();
    const wire = new HeldConnection();
    const short: Chat10Handlers = { ...handlers, openFile: async () => sourceOf('abc', 10) };
    const client = new Chat10Client(wire, {
      name: 'alice',
      follow: [],
      clock: new FakeClock(),
      handlers: short,
    });
    const ending = client.run();
    wire.receive(registered);
    await client.say('!attach note.txt x');
    wire.receive('ATTACH note.txt CHAT/1.0\n');
    const problem = '"note.txt" could not be sent to its end: it became shorter meanwhile';
    assert.deepEqual(await ending, { kind: 'broken', problem });
  });

  it('sends DISCONNECT last', async () => {
    const { wire, client, ending } = started();
    wire.receive(registered);
    void client.say('one');
    await client.quit();
    await client.say('two');
    assert.match(wire.written, /@alice: one\nDISCONNECT alice CHAT\/1\.0\n$/);
    assert.deepEqual(await ending, { kind: 'left' });
  });

  it('distinguishes a server that closes after !exit from a lost connection', async () => {
    for (const [text, expected] of [
      ['!exit', { kind: 'closed-by-server', asked: true }],
      ['hello', { kind: 'lost', cause: undefined }],
    ] as const) {
      const { wire, client, ending } = started();
      wire.receive(registered);
      await client.say(text);
      wire.finish();
      assert.deepEqual(await ending, expected);
    }
  });

  it('deletes an incomplete file', async () => {
    const { wire, events, ending } = started();
    wire.receive(`${registered}ATTACHMENT a CHAT/1.0\nContent-Length: 10\n12345`);
    await turn();
    wire.finish();
    assert.deepEqual(await ending, { kind: 'lost', cause: undefined });
    assert.deepEqual(events, ['registered', 'no file a']);
  });

  for (const [what, bytes] of [
    ['a file without a length', 'ATTACHMENT a CHAT/1.0\nOrigin: bob\n\n'],
    ['a file of less than nothing', 'ATTACHMENT a CHAT/1.0\nContent-Length: -1\n'],
    ['headers without end', `ATTACHMENT a CHAT/1.0\n${'X-Other: 1\n'.repeat(100)}`],
    ['a line without end', 'x'.repeat(300_000)],
    ['more requests than answers are taken', 'ATTACH a CHAT/1.0\n'.repeat(100)],
  ] as const) {
    it(`closes at ${what}`, async () => {
      const { wire, ending } = started();
      wire.receive(registered);
      wire.receive(bytes);
      assert.equal((await ending).kind, 'broken');
    });
  }

  it('times out without an answer', async () => {
    const { clock, ending } = started();
    await turn();
    clock.advance(10_000);
    assert.deepEqual(await ending, { kind: 'unanswered' });
  });

  it('resolves with the code and text of a refusal', async () => {
    const { wire, ending } = started();
    wire.receive('401 Client already registered\n');
    assert.deepEqual(await ending, { kind: 'refused', code: 401, text: 'Client already registered' });
  });
});
