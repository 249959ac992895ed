import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

/** What a client is to be answered, by the rules of docs/protocol.md and nothing else. */
class Model {
  #isIn = false;
  readonly #terms = new Set<string>();
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** The code of the answer. */
  answer({ verb, term = '', body }: Step): number {
    switch (verb) {
      case 'PING':
      case 'LIST':
        return 200;
      case 'NAME':
        return term === 'all' ? 422 : 200;
      case 'DANCE':
        return 400;
      case 'REGISTER':
        if (this.#isIn) return 409;
        this.#isIn = true;
        this.#terms.clear();
        return 200;
    }
    if (body === '' || body === '\u0007') return 400;
    if (!this.#isIn) return 403;
    switch (verb) {
      case 'LOGOUT':
        this.#isIn = false;
        return 200;
      case 'FOLLOW':
        if (term === '@all' || term === `@${this.#name}` || this.#terms.has(term)) return 409;
        this.#terms.add(term);
        return 200;
      case 'UNFOLLOW':
        if (term === '@all') return 422;
        return this.#terms.delete(term) ? 200 : 404;
      case 'SENDTO':
        return term === 'nobody' ? 404 : 200;
      default:
        return 200;
    }
  }
}

interface Step {
  readonly verb: string;
  readonly term?: string;
  readonly body?: string;
}

const body = fc.constantFrom('hello', 'apple pie', '', '\u0007', 'x'.repeat(9000));
const term = fc.constantFrom('apple', 'pie', '@all');
const step: fc.Arbitrary<Step> = fc.oneof(
  // Most of the time somebody should be logged in.
  fc.record({ verb: fc.constant('REGISTER') }),
  fc.record({ verb: fc.constantFrom('PING', 'LIST', 'DANCE', 'REGISTER', 'LOGOUT', 'FOLLOWS', 'HISTORY') }),
  fc.record({ verb: fc.constant('NAME'), term: fc.constantFrom('bystander', 'all') }),
  fc.record({ verb: fc.constantFrom('FOLLOW', 'UNFOLLOW'), term }),
  fc.record({ verb: fc.constantFrom('SEND', 'BROADCAST'), body }),
  fc.record({ verb: fc.constant('SENDTO'), term: fc.constantFrom('bystander', 'nobody'), body }),
);

function parcelOf({ verb, term: argument, body: text }: Step, name: string): string {
  const isHeader = verb === 'FOLLOW' || verb === 'UNFOLLOW';
  const words = [verb, verb === 'REGISTER' ? name : isHeader ? undefined : argument];
  const start = `${words.filter((word) => word !== undefined).join(' ')} CHAT/1.1\n`;
  const header = isHeader ? `Term: ${argument}\n` : '';
  return text === undefined
    ? `${start}${header}\n`
    : `${start}${header}Content-Length: ${Buffer.byteLength(text)}\n\n${text}`;
}

test('however requests are mixed and cut into segments, each is answered once, in its turn, by the rules', async (context) => {
  // Strangers may send little; here the order is asked about.
  const server = await testServer(context, { limits: { loginBytes: 1e6, loginLines: 1e5 } });
  const bystander = await WireClient.register(context, server, 'bystander');
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
      fc.array(fc.integer({ min: 1, max: 400 })),
      async (steps, cuts) => {
        const name = `u${runs++}`;
        const model = new Model(name);
        const client = await ParcelClient.connect(context, server);
        let bytes = Buffer.from(steps.map((one) => parcelOf(one, name)).join(''));
        for (const cut of cuts) {
          client.wire.send(bytes.subarray(0, cut));
          bytes = bytes.subarray(cut);
          await new Promise(setImmediate);
        }
        client.wire.send(bytes);
        for (const one of steps) {
          let { start } = await client.next();
          while (start === 'MESSAGE CHAT/1.1') start = (await client.next()).start;
          assert.equal(
            Number(start.slice(0, 3)),
            model.answer(one),
            `${one.verb} ${one.term ?? ''}: ${start}`,
          );
        }
        client.send('DISCONNECT');
        assert.equal((await client.next()).start, '200 Goodbye');
        assert.equal(await client.wire.rest(), '');
      },
    ),
    { numRuns: 60 },
  );
  bystander.send('!list\n');
  while ((await bystander.line()) !== 'bystander');
});
