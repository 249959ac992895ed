import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

/** Files that clients of CHAT/1.0 do not send though they are asked, or send though nobody asks. */

test('a client that may not know files is told soon why nothing was sent, once', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock });
  const alice = await WireClient.register(context, server, 'alice');
  for (const why of [': your client did not answer ATTACH; it may not know files', '']) {
    assert.equal(await alice.ask('@alice: !attach f apple'), 'ATTACH f CHAT/1.0');
    clock.advance(3_000);
    assert.equal(await alice.line(), `Error:  Attached file f could not be sent${why}`);
    clock.advance(10_000);
  }
  assert.equal(await alice.ask('@alice: !attach f apple'), 'ATTACH f CHAT/1.0');
  assert.match(await alice.ask('Content-Length: 4\nfile'), /attached and distributed/, 'it may know them');
});

test('bytes of a file that nobody asked for, or that come too late, are no chat', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock });
  const bob = await WireClient.register(context, server, 'bob');
  assert.equal(await bob.ask('!follow *'), 'Now following *');
  const alice = await WireClient.register(context, server, 'alice');
  alice.send('@alice: Content-Length: 5\nContent-Length: 5\n');
  assert.deepEqual(await bob.lines(2), ['@alice: Content-Length: 5', '@alice: Content-Length: 5']);
  // Refused, but the client sends its bytes all the same.
  alice.send('@alice: !attach notes/ apple\nContent-Length: 12\none\ntwo\nsix\n');
  assert.deepEqual(await alice.lines(2), [
    'Error:  That is the name of a folder, not of a file',
    'Error:  Nobody asked for that file; its bytes are passed over',
  ]);
  // It waits for no answer.
  alice.send('@alice: !attach note.txt apple\nContent-Length: 5\nbytes');
  assert.equal(await alice.line(), 'ATTACH note.txt CHAT/1.0');
  assert.match(await alice.line(), /attached and distributed/);
  assert.equal(await bob.line(), '@alice: attached note.txt (5 bytes)');
  // Long after its time.
  assert.equal(await alice.ask('!attach late.txt apple'), 'ATTACH late.txt CHAT/1.0');
  clock.advance(3_000);
  assert.match(await alice.line(), /late.txt could not be sent/);
  clock.advance(10_000);
  alice.send('Content-Length: 6\nsecret@alice: after it\n');
  assert.match(await alice.line(), /Nobody asked/);
  // A header that no bytes follow holds up what is said for a second.
  alice.send('Content-Length: 1000\n');
  assert.match(await alice.line(), /Nobody asked/);
  clock.advance(1_000);
  await new Promise(setImmediate);
  alice.send('@alice: still here\n');
  assert.deepEqual(await bob.lines(2), ['@alice: after it', '@alice: still here']);
});
