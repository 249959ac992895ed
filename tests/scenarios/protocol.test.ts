import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { testServer } from '../support/server.ts';
import { readTranscripts, type Transcript } from '../support/transcripts.ts';
import { WireClient } from '../support/wire-client.ts';

const page = new URL('../../docs/protocol.md', import.meta.url);
const transcripts = readTranscripts(page);

test('docs/protocol.md has transcripts to replay', () => {
  assert.ok(transcripts.length >= 10);
});

for (const [index, transcript] of transcripts.entries()) {
  test(`the server speaks as docs/protocol.md says: ${transcript.title}, conversation ${index + 1}`, (context) =>
    replay(context, transcript));
}

async function replay(context: TestContext, { steps }: Transcript): Promise<void> {
  const server = await testServer(context);
  const clients = new Map<string, WireClient>();
  for (const { who, kind, text } of steps) {
    const client = clients.get(who) ?? (await WireClient.connect(context, server));
    clients.set(who, client);
    if (kind === 'sends') client.send(bytesOf(text));
    else if (kind === 'gets') assert.equal(await client.line(), text, `what ${who} gets`);
    else if (kind === 'closes') client.socket.end();
    else {
      assert.equal(await client.rest(), '', `${who} gets nothing more`);
      clients.delete(who);
    }
  }
  await expectNothingElse(context, server, clients);
}

/** Whatever else the server had for somebody would come before this. */
async function expectNothingElse(
  context: TestContext,
  server: { readonly port: number },
  clients: ReadonlyMap<string, WireClient>,
): Promise<void> {
  const herald = await WireClient.register(context, server, 'the-herald');
  herald.send('@the-herald: that was it, @all\n');
  for (const [who, client] of clients) {
    assert.equal(await client.line(), '@the-herald: that was it, @all', `what ${who} gets at the end`);
  }
}

/** A step's text as it is sent: `\xNN` stands for a byte. */
function bytesOf(text: string): Buffer {
  const parts = text.split(/\\x([0-9a-f]{2})/);
  const bytes = parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex')));
  return Buffer.concat([...bytes, Buffer.from('\n')]);
}
