import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Server } from '../../src/server/server.ts';
import { Pty, type PtyOptions, ptyMissing, quoted, untimed } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { earshot } from './joiner.ts';

const asPaste = (text: string) => `\x1b[200~${text}\x1b[201~`;
const question = 'Enter sends them as lines, f makes one file, Esc cancels';

/** Waits until these are the last rows, without the times in front. */
function sees(pty: Pty, last: readonly string[]): Promise<void> {
  return pty.waitFor(`the rows ${JSON.stringify(last)}`, ({ rows }) =>
    isDeepStrictEqual(untimed(rows).slice(-last.length), last),
  );
}

/** Whether the user said this, and not the prompt. */
const isOwn = (row: string): boolean => /^> ./.test(row) && !row.endsWith('^C');

describe('the prompt of earshot join', { skip: ptyMissing }, () => {
  it('asks before it sends a paste of several lines, and none of them is a command', async (context) => {
    const { alice, bob } = await town(context);
    bob.type('half\x01');
    bob.type(`\x03${asPaste('one @alice\r!exit\r\r!!three @alice\r@alice four\r')}`);
    await bob.waitForLast([
      'one @alice',
      '!exit',
      '',
      '!!three @alice',
      'and 1 more',
      `Paste of 4 lines: ${question}`,
    ]);
    assert.equal(
      alice.rows.some((row) => row.includes('one')),
      false,
    );
    bob.type('\r');
    await sees(alice, ['@bob: one @alice', '@bob: !!three @alice', '@bob: @alice four', '>']);
    const sent = ['> one @alice', '> !exit', '> !!three @alice', '> @alice four'];
    await bob.waitFor('the lines', ({ rows }) =>
      isDeepStrictEqual(untimed(rows).filter(isOwn).slice(-4), sent),
    );
  });

  it('sends pasted lines to whom the draft names, and to nobody else', async (context) => {
    const { alice, bob } = await town(context);
    bob.type(`!msg alice ${asPaste('secret one\nsecret two')}`);
    await bob.waitFor(
      'the question',
      ({ rows }) => rows.at(-1)?.startsWith('Paste of 2 lines: Enter sends each to alice, f') === true,
    );
    bob.type('\r');
    await sees(alice, ['@bob → you: secret one', '@bob → you: secret two', '>']);
    bob.type(`!follow ${asPaste('one\ntwo')}`);
    const onlyFile = 'Paste of 2 lines: f makes one file, Esc cancels';
    await bob.waitFor('the other question', ({ rows }) => rows.at(-1) === onlyFile);
    bob.type('\x1b');
    await bob.waitFor('the draft', ({ rows }) => rows.at(-1) === '> !follow');
  });

  it('makes a file of a paste, which it attaches and then removes', async (context) => {
    const { alice, bob } = await town(context, { columns: 100 });
    bob.type(asPaste('one\n  two\n'));
    await bob.waitFor('the question', ({ rows }) => rows.at(-1) === `Paste of 2 lines: ${question}`);
    bob.type('f');
    await bob.waitFor('the draft', ({ rows }) => /^> !attach \S+paste\.txt$/.test(rows.at(-1) ?? ''));
    const path = /\/\S+paste\.txt/.exec(bob.rows.at(-1) ?? '')?.[0] ?? '';
    assert.equal(await readFile(path, 'utf8'), 'one\n  two\n');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    bob.type('@alice\r');
    await alice.waitFor('the file', ({ rows }) =>
      rows.some((row) => row.includes('@bob offers paste.txt (10 bytes)')),
    );
    bob.type('\x04');
    assert.equal(await bob.exit(), 0);
    await assert.rejects(stat(path), /ENOENT/);
  });

  it('stops at Escape what is not handed over yet, and says how many lines went', async (context) => {
    const { bob } = await town(context);
    // A server that is away takes none: as many as may wait are handed over.
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index}`);
    bob.type(asPaste(lines.join('\n')));
    await bob.waitFor('the question', ({ rows }) => rows.at(-1)?.startsWith('Paste of 60 lines') === true);
    await servers.get(context)?.close();
    await bob.waitFor('the end of the connection', ({ raw }) => raw.includes('The connection is lost'));
    bob.type('\r');
    await bob.waitFor('the beginning', ({ raw }) => raw.includes('Sending 60 lines; Esc stops.'));
    await bob.waitFor('the lines that wait', ({ rows }) => rows.at(-2) === 'and 11 more');
    bob.type('\x1b');
    await bob.waitFor('the end', ({ raw }) => raw.includes('Stopped after 16 of 60 lines.'));
  });

  it('has several rows in the draft, and sends them when asked', async (context) => {
    const { alice, bob } = await town(context);
    bob.type('one @alice\x1b\rtwo @alice');
    await bob.waitForLast(['> one @alice', '  two @alice']);
    bob.type('\x1b[A!\r');
    await bob.waitForLast(['one @alice!', 'two @alice', `2 lines: ${question}`]);
    bob.type('\r');
    await sees(alice, ['@bob: one @alice!', '@bob: two @alice', '>']);
  });

  it('clears a draft at the first Ctrl-C, says once how to leave, and leaves at the next', async (context) => {
    const { bob } = await town(context);
    bob.type('a draft\x03');
    await bob.waitForLast(['> a draft^C', 'Ctrl-C again leaves.', '>']);
    bob.type('another\x03');
    await bob.waitForLast(['> a draft^C', 'Ctrl-C again leaves.', '> another^C', '>']);
    bob.type('\x03');
    assert.equal(await bob.exit(), 0);
  });

  it('keeps what was typed for the next time, without what is private', async (context) => {
    const state = await temporaryFolder(context);
    const { bob, again } = await town(context, { env: { XDG_STATE_HOME: state } });
    bob.type('first\r!msg alice secret\r!password\r');
    await bob.waitFor('the question', ({ rows }) => rows.at(-1) === 'New password for bob:');
    bob.type('a long secret\ra long secret\r');
    await bob.waitFor('the account', ({ raw }) => raw.includes('bob is an account now'));
    bob.type('last\r\x04');
    assert.equal(await bob.exit(), 0);
    const path = joinPath(state, 'earshot', 'history');
    assert.equal(await readFile(path, 'utf8'), 'first\nlast\n');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const carol = await again('carol');
    carol.type('\x1b[A\x1b[A');
    await carol.waitFor('the line', ({ rows }) => rows.at(-1) === '> first');
    carol.type('\x15\x12LAS');
    await carol.waitFor('the search', ({ rows }) => rows.at(-1) === "(search) 'LAS': last");
    carol.type('\r');
    await carol.waitFor('the line', ({ rows }) => rows.at(-1) === '> last');
  });

  it('completes commands, names, followed words and paths', async (context) => {
    const cwd = await temporaryFolder(context);
    const { bob } = await town(context, { cwd });
    const complete = async (typed: string, shown: string) => {
      bob.type(`\x15${typed}\t`);
      await bob.waitFor(shown, ({ rows, cursor }) => rows[cursor.y] === `> ${shown}`.trimEnd());
    };
    // Keys that come with Tab wait for it.
    bob.type('!lis\t\r');
    await bob.waitForLast(['> !list', 'alice, bob', '>']);
    await complete('!fo', '!follow');
    await complete('!msg al', '!msg alice');
    await complete('hello @a', 'hello @al');
    await bob.waitForLast(['> hello @al', '@alice  @all']);
    bob.type('\t');
    await bob.waitForLast(['> hello @alice', '[@alice]  @all']);
    bob.type('\x1b[Z');
    await bob.waitForLast(['> hello @all', '@alice  [@all]']);
    bob.type('\x15!follow pineapple\r');
    await bob.waitFor('the answer', ({ rows }) => rows.includes('Now following pineapple'));
    bob.type('a pin\t');
    await bob.waitFor('the word', ({ rows }) => rows.at(-1) === '> a pineapple');
  });

  const servers = new WeakMap<TestContext, Server>();

  /** alice and bob at their prompts, and how somebody else joins. */
  async function town(context: TestContext, options: PtyOptions = {}) {
    const server = await testServer(context);
    servers.set(context, server);
    const again = async (name: string): Promise<Pty> => {
      const address = `chat://127.0.0.1:${server.port}`;
      const command = [process.execPath, earshot, 'join', name, address].map(quoted).join(' ');
      const pty = new Pty(`exec ${command}`, options);
      context.after(() => pty.close());
      await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
      return pty;
    };
    return { alice: await again('alice'), bob: await again('bob'), again };
  }
});
