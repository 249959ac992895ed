import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { connectOn } from '../../src/client/connect/connect.ts';
import type { Sha256 } from '../../src/client/file-streams.ts';
import type { AccountState, Host } from '../../src/client/host.ts';
import { dialTcp as dial } from '../../src/transport/tcp.ts';
import { closing, next } from '../support/client-events.ts';
import { testServer } from '../support/server.ts';

const secret = 'correct horse';

/** Web Crypto has no hash of what comes piece by piece. */
function gatheringSha256(): Sha256 {
  const pieces: Uint8Array[] = [];
  return {
    update: (piece) => void pieces.push(piece.slice()),
    async hex() {
      const digest = await crypto.subtle.digest('SHA-256', Buffer.concat(pieces));
      return Buffer.from(digest).toString('hex');
    },
  };
}

/** A host without a disk. */
function memoryHost(): { host: Host; files: Map<string, Uint8Array>; states: Map<string, AccountState> } {
  const files = new Map<string, Uint8Array>();
  const states = new Map<string, AccountState>();
  const host: Host = {
    dial,
    files: {
      async open(path) {
        const file = files.get(path);
        if (file === undefined) throw new Error('there is none');
        return {
          bytes: file.length,
          readAt: async (offset, most) => file.slice(offset, offset + most),
          close: async () => {},
        };
      },
      folder: (folder) => ({
        problem: async () => (folder === 'nowhere' ? 'there is no such place' : undefined),
        async create(announced, handlers) {
          let content = new Uint8Array();
          return {
            async write(chunk) {
              content = Buffer.concat([content, chunk]);
            },
            async finish() {
              files.set(`${folder}/${announced}`, content);
              handlers.onSaved(announced);
            },
            abandon: async () => {},
          };
        },
      }),
      sha256: gatheringSha256,
    },
    stateStore: ({ server, name }) => ({
      async read() {
        const state = states.get(`${server} ${name}`);
        return state && { ...state, storedMs: 0 };
      },
      keep: (state) => void states.set(`${server} ${name}`, state),
      close: async () => {},
    }),
  };
  return { host, files, states };
}

describe('a client on another host than Node', () => {
  it('sends and saves files where that has them', async (t) => {
    const server = await testServer(t);
    const { host, files } = memoryHost();
    const content = Buffer.alloc(300_000, 'menu ');
    files.set('menu.txt', content);
    const alice = closing(t, await connectOn(host, server, { name: 'alice' }));
    const bob = closing(t, await connectOn(host, server, { name: 'bob', follow: ['lunch'] }));
    const announced = next(bob, 'attachment');
    const sent = await alice.attach('menu.txt', { terms: ['lunch'] });
    assert.equal(sent.sha256, createHash('sha256').update(content).digest('hex'));
    assert.equal(await bob.fetch(await announced, 'inbox'), 'menu.txt');
    assert.deepEqual(Buffer.from(files.get('inbox/menu.txt') ?? []), content);
    await assert.rejects(bob.fetch(await announced, 'nowhere'), /there is no such place/);
  });

  it('goes on where an earlier run left off, by the state that the host stored', async (t) => {
    const server = await testServer(t, { accounts: { bob: secret } });
    const { host, states } = memoryHost();
    const account = { name: 'bob', password: secret, keepToken: true };
    const first = await connectOn(host, server, { ...account, follow: ['apple'] });
    await first.close();
    assert.equal(states.size, 1);
    const alice = closing(t, await connectOn(host, server, { name: 'alice' }));
    await alice.send('an apple a day');
    const again = closing(t, await connectOn(host, server, { name: 'bob', token: true }));
    const { text, isReplay } = await next(again, 'message');
    assert.deepEqual([text, isReplay], ['an apple a day', false]);
  });
});
