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

async function replay(context: TestContext, { accounts, steps }: Transcript): Promise<void> {
  const server = await testServer(context, { accounts });
  const clients = new Map<string, WireClient>();
  const logins = new Logins();
  for (const { who, kind, text } of steps) {
    const client = clients.get(who) ?? (await WireClient.connect(context, server));
    clients.set(who, client);
    if (kind === 'sends') logins.onRequest(who, text);
    else if (kind === 'gets') logins.onLine(who, text);
    if (kind === 'sends') client.send(bytesOf(text));
    else if (kind === 'gets') assert.equal(await client.line(), text, `what ${who} gets`);
    else if (kind === 'closes') client.socket.end();
    else {
      assert.equal(await client.rest(), '', `${who} gets nothing more`);
      clients.delete(who);
    }
  }
  await expectNothingElse(context, server, clients, logins);
}

/** Which clients speak verbs, and which of those are logged in, by what they asked and were answered. */
class Logins {
  readonly #unanswered = new Map<string, string[]>();
  readonly #loggedIn = new Set<string>();

  onRequest(who: string, text: string): void {
    const [verb = ''] = text.split(' ');
    const requests = this.#unanswered.get(who);
    if (requests !== undefined) requests.push(verb);
    else if (['login', 'list', 'sendto', 'logout', 'exit'].includes(verb)) this.#unanswered.set(who, [verb]);
  }

  onLine(who: string, line: string): void {
    if (line.startsWith('SENDTO ')) return;
    const verb = this.#unanswered.get(who)?.shift();
    if (line !== 'RESPONSE ok') return;
    if (verb === 'login') this.#loggedIn.add(who);
    if (verb === 'logout') this.#loggedIn.delete(who);
  }

  of(who: string): 'no-verbs' | 'logged-in' | 'logged-out' {
    if (!this.#unanswered.has(who)) return 'no-verbs';
    return this.#loggedIn.has(who) ? 'logged-in' : 'logged-out';
  }
}

/** Whatever else the server had for somebody would come before what the herald says, or what they are answered. */
async function expectNothingElse(
  context: TestContext,
  server: { readonly port: number },
  clients: ReadonlyMap<string, WireClient>,
  logins: Logins,
): Promise<void> {
  const herald = await WireClient.register(context, server, 'the-herald');
  const text = 'that was it, @all';
  herald.send(`@the-herald: ${text}\n`);
  assert.equal(await herald.ask('!history 1'), `@the-herald: ${text}`, 'it has been delivered');
  for (const [who, client] of clients) {
    const login = logins.of(who);
    if (login === 'logged-out')
      assert.match(await client.ask('list'), /^LIST/, `what ${who} gets at the end`);
    else {
      const line = login === 'logged-in' ? `SENDTO the-herald ${text}` : `@the-herald: ${text}`;
      assert.equal(await client.line(), line, `what ${who} gets at the end`);
    }
  }
}

/** A step's text as it is sent: `\xNN` stands for a byte. */
function bytesOf(text: string): Buffer {
  const parts = text.split(/\\x([0-9a-f]{2})/);
  const bytes = parts.map((part, index) => (index % 2 === 0 ? Buffer.from(part) : Buffer.from(part, 'hex')));
  return Buffer.concat([...bytes, Buffer.from('\n')]);
}
