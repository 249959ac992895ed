import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { farewellOf } from '../../src/server/wires/chat11/chat11.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { readTranscripts, type Transcript, withLineEnd } from '../support/transcripts.ts';

const page = new URL('../../docs/protocol.md', import.meta.url);
const transcripts = readTranscripts(page, 'chat11-transcript');

test('docs/protocol.md has conversations in CHAT/1.1 to replay', () => {
  assert.ok(transcripts.length >= 8);
});

for (const [index, transcript] of transcripts.entries()) {
  test(`the server speaks as docs/protocol.md says: CHAT/1.1, ${transcript.title}, conversation ${index + 1}`, (context) =>
    replay(context, transcript));
}

async function replay(context: TestContext, { accounts, steps }: Transcript): Promise<void> {
  const server = await testServer(context, { accounts });
  const clients = new Map<string, ParcelClient>();
  const values = new Placeholders();
  for (const { who, kind, text } of steps) {
    const client = clients.get(who) ?? (await ParcelClient.connect(context, server));
    clients.set(who, client);
    const { wire } = client;
    if (kind === 'sends') wire.send(withLineEnd(values.fillIn(text)));
    else if (kind === 'closes') wire.socket.end();
    else if (kind === 'is closed') {
      assert.equal(await wire.rest(), '', `${who} gets nothing more`);
      clients.delete(who);
    } else if (withLineEnd(text).endsWith('\n')) {
      const line = await wire.line();
      values.learn(text, line);
      assert.equal(line, values.fillIn(text), `what ${who} gets`);
    } else {
      const body = withLineEnd(text);
      assert.equal((await wire.bytes(Buffer.byteLength(body))).toString(), body, `what ${who} gets`);
    }
  }
  await expectNothingElse(context, server, clients);
}

const shapes: Readonly<Record<string, RegExp>> = {
  Token: /^[0-9a-f]{64}$/,
  Epoch: /^[0-9a-f]{32}$/,
  Time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
};

/**
 * What nobody knows before the server says it, by what the page has in its place. Each of the page's values stands for
 * one of the server's, and two of them for two, but for times, which may be the same.
 */
class Placeholders {
  readonly #known = new Map<string, string>();

  /** The server says `line` where the page says `text`, which it may say for the first time. */
  learn(text: string, line: string): void {
    const [, name = ''] = /^(Token|Epoch|Time): /.exec(text) ?? [];
    if (name === '' || this.#known.has(text) || !line.startsWith(`${name}: `)) return;
    assert.match(line.slice(name.length + 2), shapes[name] ?? /^$/);
    const isNew = ![...this.#known.values()].includes(line);
    assert.ok(isNew || name === 'Time', `the page has two values for one: ${text}`);
    this.#known.set(text, line);
  }

  /** The page's line as it is on the wire. */
  fillIn(text: string): string {
    return this.#known.get(text) ?? text;
  }
}

/** Whatever else the server had for somebody would come before what the herald says, and the answer to a PING. */
async function expectNothingElse(
  context: TestContext,
  server: { readonly port: number },
  clients: ReadonlyMap<string, ParcelClient>,
): Promise<void> {
  const { client: herald } = await ParcelClient.enter(context, server, 'REGISTER the-herald');
  const text = 'that was it';
  assert.equal((await herald.ask('BROADCAST', {}, text)).start, '200 Sent', 'it has been delivered');
  for (const [who, client] of clients) {
    client.send('PING');
    const rest = await client.until('200 Pong');
    const others = rest.slice(0, -1).filter(({ body }) => body !== text);
    assert.deepEqual(others, [], `what ${who} gets at the end`);
  }
}

describe('docs/protocol.md on how conversations end', () => {
  const endings = {
    'the server goes away': 'stopping',
    'a client says nothing': 'silent',
    'nobody is logged in': 'nobody',
    'what let the user in was revoked': 'revoked',
    'where the next request begins is not known': 'broken',
  } as const;
  const table = readFileSync(page, 'utf8').split('| ends when | `Retry` |\n|---|---|\n')[1] ?? '';

  for (const [when, ending] of Object.entries(endings)) {
    test(`says whether to come back when ${when}`, () => {
      const row = table.split('\n').find((line) => line.startsWith(`| ${when}`)) ?? '';
      const [, retry = ''] = /\| `(yes|no)` \|$/.exec(row) ?? [];
      assert.match(farewellOf(ending) ?? '', new RegExp(`^Retry: ${retry}$`, 'm'));
    });
  }
});
