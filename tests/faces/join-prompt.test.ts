import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Pty, type PtyOptions, ptyMissing, quoted } from '../support/pty.ts';
import { startStandIn } from '../support/stand-in-server.ts';
import { earshot, inFolder, until } from './joiner.ts';

type StandIn = Awaited<ReturnType<typeof startStandIn>>;

const right = '\x1b[C';
const left = '\x1b[D';

describe('earshot join on a terminal', { skip: ptyMissing }, () => {
  let server: StandIn;
  before(async () => {
    server = await startStandIn();
  });
  after(() => server.close());

  it('prompts, sends what is typed, and leaves it on the screen', async () => {
    await withPty('prompt', {}, async (pty) => {
      pty.type('hello world\r');
      await until('the line', () => server.lines.includes('@prompt: hello world'));
      await pty.waitForLast(['> hello world', '>']);
    });
  });

  it('does not send empty lines', async () => {
    await withPty('blank', {}, async (pty) => {
      pty.type('\r   \rend\r');
      await until('the line', () => server.lines.includes('@blank: end'));
      assert.deepEqual(
        server.lines.filter((line) => line.startsWith('@blank:')),
        ['@blank: end'],
      );
    });
  });

  it('prints arriving lines above the typed line', async () => {
    await withPty('above', {}, async (pty) => {
      pty.type('half a li');
      await pty.waitFor('what was typed', ({ rows }) => rows.at(-1) === '> half a li');
      say('above', '@bob: one\n@bob: two\n');
      await pty.waitFor('the messages', ({ rows }) => rows.includes('@bob: two'));
      await pty.waitForLast(['@bob: one', '@bob: two', '> half a li']);
      assert.deepEqual(pty.cursor, { x: 11, y: pty.rows.length - 1 });
      pty.type('ne\r');
      await until('the line', () => server.lines.includes('@above: half a line'));
    });
  });

  for (const how of ['pasted', 'typed'] as const) {
    it(`keeps a ${how} line that wraps, with the cursor in its middle`, async () => {
      const text = 'a line that is a good deal longer than the forty columns that this terminal has';
      await withPty(`wrap-${how}`.replace('-', ''), { columns: 40, rows: 12 }, async (pty) => {
        if (how === 'pasted') pty.type(text);
        else for (const character of text) await typeOne(pty, character);
        await pty.waitFor('what was typed', ({ rows }) => rows.at(-1) === text.slice(78));
        pty.type(left.repeat(60) + right);
        // "> " and 20 of 79 characters stand before it: in the first of three rows.
        await pty.waitFor('the cursor', ({ cursor }) => cursor.x === 22);
        for (const word of ['one', 'two', 'three']) {
          say(`wrap${how}`, `@bob: ${word}\n`);
          await pty.waitFor(word, ({ rows }) => rows.includes(`@bob: ${word}`));
        }
        const wrapped = [`> ${text.slice(0, 38)}`, text.slice(38, 78), text.slice(78)];
        await pty.waitForLast(['@bob: one', '@bob: two', '@bob: three', ...wrapped]);
        assert.deepEqual(pty.cursor, { x: 22, y: pty.rows.length - 3 });
        pty.type('X\r');
        const sent = `@wrap${how}: ${text.slice(0, 20)}X${text.slice(20)}`;
        await until('the line', () => server.lines.includes(sent));
      });
    });
  }

  it('keeps a line that just fills its row', async () => {
    await withPty('full', { columns: 40, rows: 12 }, async (pty) => {
      pty.type('x'.repeat(38));
      await pty.waitFor('what was typed', ({ rows }) => rows.at(-1) === `> ${'x'.repeat(38)}`);
      say('full', '@bob: hi\n');
      await pty.waitFor('the message', ({ rows }) => rows.includes('@bob: hi'));
      await pty.waitForLast(['@bob: hi', `> ${'x'.repeat(38)}`]);
    });
  });

  it('recalls earlier lines with the up key', async () => {
    await withPty('history', {}, async (pty) => {
      pty.type('first\rsecond\r');
      await until('the line', () => server.lines.includes('@history: second'));
      pty.type('\x1b[A\x1b[A');
      await pty.waitFor('the first line', ({ rows }) => rows.at(-1) === '> first');
    });
  });

  it('escapes control characters that others send', async () => {
    await withPty('hostile', { columns: 120 }, async (pty) => {
      say('hostile', '@bob: \x1b]0;owned\x07\x1b[2J\u009b31m\u202eabc\u200b\r\x1b[1;1Hend\n');
      await pty.waitFor('the message', ({ rows }) => rows.some((row) => row.includes('end')));
      const shown = String.raw`@bob: \u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}abc\u{200b}\u{d}\u{1b}[1;1Hend`;
      assert.equal(pty.rows.at(-2), shown);
    });
  });

  it('colours senders, and nothing under NO_COLOR', async () => {
    for (const [name, env, pattern] of [
      ['colour', {}, /\x1b\[\d\dm@bob:\x1b\[39m hi/],
      ['nocolour', { NO_COLOR: '1' }, /(?<!m)@bob: hi/],
    ] as const) {
      await withPty(name, { env }, async (pty) => {
        say(name, '@bob: hi\n');
        await pty.waitFor('the message', ({ rows }) => rows.includes('@bob: hi'));
        assert.match(pty.raw, pattern);
        assert.equal(/\x1b\[[\d;]*m/.test(pty.raw), name === 'colour');
      });
    }
  });

  for (const [key, bytes] of [
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ] as const) {
    it(`sends DISCONNECT at ${key} and restores the terminal`, async () => {
      const name = key.replace('-', '');
      const command = `${join(name)}; code=$?; stty -g; exit $code`;
      // Wide, so that what `stty -g` prints fits into a row.
      const pty = new Pty(`stty -g; ${command}`, { columns: 200 });
      try {
        await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
        pty.type(bytes);
        assert.equal(await pty.exit(), 0);
        assert.equal(pty.rows.at(-1), pty.rows[0]);
        assert.ok(server.lines.includes(`DISCONNECT ${name} CHAT/1.0`));
      } finally {
        pty.close();
      }
    });
  }

  it('ends in order when the server does, and leaves the draft on the screen', async () => {
    await withPty('serverleaves', {}, async (pty) => {
      pty.type('a draft');
      await pty.waitFor('what was typed', ({ rows }) => rows.at(-1) === '> a draft');
      server.clients.get('serverleaves')?.socket.end('DISCONNECT CHAT/1.0\n');
      assert.equal(await pty.exit(), 0);
      await pty.waitForLast(['> a draft', 'The server has closed the chat.']);
    });
  });

  it('reports a lost connection in one line', async () => {
    await withPty('lost', {}, async (pty) => {
      server.clients.get('lost')?.socket.end();
      assert.equal(await pty.exit(), 1);
      assert.equal(pty.rows.at(-1), 'earshot: the connection to the server was lost');
    });
  });

  it('shows the progress of a file in the prompt, keeps the typed line, and deletes the file at Ctrl-C', async () => {
    await inFolder(async (folder) => {
      const env = { HOME: folder, EARSHOT_ACCEPT: 'all' };
      await withPty('progress', { columns: 100, cwd: folder, env }, async (pty) => {
        pty.type('half');
        const announced = 'ATTACHMENT big.bin CHAT/1.0\nOrigin: bob\nContent-Length: 200000\n';
        say('progress', announced + 'x'.repeat(100_000));
        await pty.waitFor('the progress', ({ rows }) =>
          /^\[big\.bin 50% .*\] > half$/.test(rows.at(-1) ?? ''),
        );
        assert.equal(pty.cursor.x, pty.rows.at(-1)?.length);
        say('progress', 'x'.repeat(100_000));
        await pty.waitFor('the file', ({ rows }) => rows.at(-1) === '> half');
        const received = 'Received big.bin (195 KiB) from bob: ~/earshot-files/big.bin';
        await pty.waitFor('the file', ({ rows }) => rows.at(-2) === received);
        say('progress', announced);
        const saved = joinPath(folder, 'earshot-files');
        await until('the second file', () => readdirSync(saved).length === 2);
        // The first one clears the typed line.
        pty.type('\x03\x03');
        assert.equal(await pty.exit(), 0);
        assert.deepEqual(readdirSync(saved), ['big.bin']);
      });
    });
  });

  it('uses no prompt on a terminal that cannot move its cursor', async () => {
    const pty = new Pty(`exec ${join('dumb')}`, { env: { TERM: 'dumb' } });
    try {
      await until('registration', () => server.clients.has('dumb'));
      say('dumb', '@bob: hi\n');
      await pty.waitFor('the message', ({ rows }) => rows.includes('@bob: hi'));
      pty.type('hello\n');
      await until('the line', () => server.lines.includes('@dumb: hello'));
      pty.type('\x03');
      assert.equal(await pty.exit(), 0);
      assert.ok(server.lines.includes('DISCONNECT dumb CHAT/1.0'));
      assert.equal(pty.raw.includes('\x1b'), false);
    } finally {
      pty.close();
    }
  });

  async function withPty(name: string, options: PtyOptions, use: (pty: Pty) => Promise<void>) {
    const pty = new Pty(`exec ${join(name)}`, options);
    try {
      await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
      await use(pty);
    } finally {
      pty.close();
    }
  }

  function join(name: string): string {
    return `${quoted(process.execPath)} ${quoted(earshot)} join ${name} ${server.address}`;
  }

  function say(name: string, line: string): void {
    server.clients.get(name)?.socket.write(line);
  }
});

/** Types one key at a time and waits until it is on the screen, unlike a paste. */
async function typeOne(pty: Pty, character: string): Promise<void> {
  const before = pty.raw.length;
  pty.type(character);
  await pty.waitFor('the character', ({ raw }) => raw.length > before);
}
