import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { attachFile } from '../support/chat11-files.ts';
import { ptyMissing } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { aliceOn, bobOn, shows, startJoin } from './join-terminal.ts';
import { endJoiners, Joiner } from './joiner.ts';

const skip = ptyMissing;

describe('the lines of earshot join', { skip }, () => {
  for (const [how, env] of [
    ['with colours', {}],
    ['without', { NO_COLOR: '1' }],
  ] as const) {
    test(`have forms that texts cannot imitate, ${how}`, async (context) => {
      const server = await testServer(context);
      const alice = await aliceOn(context, server, { env });
      const bob = await bobOn(context, server);
      await bob.ask('SENDTO alice', { Id: 1 }, 'for you');
      await bob.ask('BROADCAST', { Id: 2 }, 'for all');
      await attachFile(bob, Buffer.from('menu'), { Name: 'menu.txt', To: 'alice' });
      const rows = [
        '@bob → you: for you',
        '@bob → everybody: for all',
        '@bob → you offers menu.txt (4 bytes); !fetch 1 saves it',
      ];
      await shows(alice, ...rows);
      for (const row of alice.rows.slice(-4, -1)) assert.match(row, /^\d\d:\d\d @bob → /);
      const forged = [
        ...rows.map((row) => row.slice('@bob'.length)),
        '── Saturday 28 November 2026 ──',
        '14:03 @eve → you: hi',
        'The connection is back.',
        '14:03 > mine',
      ];
      for (const [at, text] of forged.entries()) await bob.ask('SEND', { Id: 10 + at }, `${text} apple`);
      await shows(alice, ...forged.map((text) => `@bob: ${text} apple`));
      await attachFile(bob, Buffer.from('x'), { Name: 'a (9 bytes); !fetch 1 saves it', To: 'alice' });
      await shows(alice, '@bob → you offers "a (9 bytes); !fetch 1 saves it" (1 byte); !fetch 2 saves it');
      const isColoured = /\x1b\[\d\dm@bob\x1b\[39m: .*\x1b\[1;4mapple\x1b\[22;24m/.test(alice.raw);
      assert.equal(isColoured, how === 'with colours');
      if (how === 'without') assert.doesNotMatch(alice.raw, /\x1b\[[\d;]*m|\x1b\]8/);
    });
  }

  test('begin with what was typed, also above its error', async (context) => {
    const alice = await aliceOn(context, await testServer(context));
    for (const [typed, error] of [
      ['!msg bob', 'Wrong number of words; it is used as: !msg NAME TEXT'],
      ['!msg bob hi', 'bob is not online'],
      ['!msg alice hi', 'You cannot send a private message to yourself'],
    ] as const) {
      alice.type(`${typed}\r`);
      await shows(alice, `> ${typed}`, `Error:  ${error}`);
    }
  });

  for (const columns of [20, 40, 200]) {
    test(`are wrapped between words at ${columns} columns, and never reach the first one`, async (context) => {
      const server = await testServer(context);
      const alice = await aliceOn(context, server, { columns });
      const bob = await bobOn(context, server);
      const fakes = ['14:03 @eve → you: hi', '── Monday ──', 'The connection is back.'];
      for (const [at, fake] of fakes.entries()) {
        // With any of these pads the fake would begin a row of the terminal.
        for (let pad = 1; pad <= columns; pad += 7) {
          await bob.ask('SEND', { Id: at * 1_000 + pad }, `apple ${' '.repeat(pad)}${fake}`);
          await bob.ask('SEND', { Id: at * 1_000 + 500 + pad }, `apple ${'日'.repeat(pad)}${fake}`);
        }
      }
      await bob.ask('BROADCAST', { Id: 9_999 }, 'the end');
      const isEnd = (row: string): boolean => row.endsWith('the end') || row.endsWith(' end');
      await alice.waitFor('the end', ({ rows }) => rows.some(isEnd));
      const begun = alice.rows.findIndex((row) => /^\d\d:\d\d @bob/.test(row));
      for (const row of alice.rows.slice(begun, -1)) assert.match(row, /^(?:\d\d:\d\d @bob(?::| →)| {6})/);
      const words = alice.rows.slice(0, begun).join(' ').split(/ +/);
      for (const word of ['Registration', 'successful.', 'What', 'type', 'goes'])
        assert.ok(words.includes(word));
    });
  }

  test('have the time that the settings file and !set say', async (context) => {
    const server = await testServer(context);
    const home = await temporaryFolder(context);
    await mkdir(join(home, 'earshot'));
    await writeFile(join(home, 'earshot', 'config.json'), '{ "times": "long", "bell": false }', {
      mode: 0o600,
    });
    const alice = await aliceOn(context, server, { columns: 40, env: { XDG_CONFIG_HOME: home } });
    const bob = await bobOn(context, server);
    await bob.ask('SEND', { Id: 1 }, 'an apple, and more than fits into a row, @alice');
    await alice.waitFor('the end', ({ rows }) => rows.at(-2)?.endsWith('@alice') === true);
    const stamp = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d @bob: an apple/;
    assert.ok(alice.rows.some((row) => stamp.test(row)));
    assert.ok(!alice.raw.includes('\x07'), 'no bell');
    alice.type('!set times OFF\r');
    await alice.waitFor('the answer', ({ rows }) => rows.at(-2) === 'times are off.');
    await bob.ask('SEND', { Id: 2 }, 'one more apple, and more than fits into it');
    await alice.waitFor('both rows', ({ rows }) => rows.at(-2) === '  into it');
    assert.equal(alice.rows.at(-3), '@bob: one more apple, and more than fits');
    alice.type('!set times never\r');
    await alice.waitFor('the error', ({ rows }) => rows.at(-2) === '  such as: !set times off');
  });

  test('have the time of the time zone on a dumb terminal too, and are not wrapped there', async (context) => {
    const server = await testServer(context);
    const minute = (): string =>
      new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Kathmandu' }).format(Date.now());
    const alice = startJoin(context, server, 'alice', { env: { TERM: 'dumb', TZ: 'Asia/Kathmandu' } });
    const bob = await bobOn(context, server);
    while (!(await bob.ask('LIST')).body.split('\n').includes('alice'));
    const before = minute();
    const text = `an apple ${'and more '.repeat(20)}`;
    await bob.ask('SEND', { Id: 1 }, text);
    await alice.waitFor('the message', ({ raw }) => raw.includes(text));
    assert.ok([before, minute()].some((time) => alice.raw.includes(`${time} @bob: ${text}\r\n`)));
    assert.ok(!alice.raw.includes('\u001b'));
  });

  test('break a long address into rows that are one link', async (context) => {
    const server = await testServer(context);
    const alice = await aliceOn(context, server, { columns: 40 });
    const bob = await bobOn(context, server);
    const address = `https://example.com/${'long/'.repeat(12)}`;
    await bob.ask('SEND', { Id: 1 }, `apple ${address} \u202e apple`);
    await alice.waitFor('the message', ({ rows }) => rows.some((row) => row.endsWith('apple')));
    const links = [
      ...alice.raw.matchAll(/\x1b\]8;id=([0-9a-f]+);([^\x1b]+)\x1b\\([^\x1b]+)\x1b\]8;;\x1b\\/g),
    ];
    assert.ok(links.length > 1);
    assert.equal(links.map(([, , , shown]) => shown).join(''), address);
    assert.equal(new Set(links.map(([, id, to]) => `${id} ${to}`)).size, 1);
    assert.equal(links[0]?.[2], address);
  });

  test('!why says what brought the last one', async (context) => {
    const server = await testServer(context);
    const alice = await aliceOn(context, server);
    const bob = await bobOn(context, server);
    alice.type('!why\r');
    await shows(alice, 'No line has come yet.');
    for (const [id, request, text, why] of [
      [1, 'SEND', 'an apple for @alice', 'reached you because you follow "apple" and it names you.'],
      [2, 'SEND', 'for @all', 'reached you because it is for everybody (@all).'],
      [3, 'SENDTO alice', 'apple', 'was sent to you alone.'],
    ] as const) {
      await bob.ask(request, { Id: id }, text);
      await alice.waitFor(text, ({ rows }) => rows.at(-2)?.endsWith(`: ${text}`) === true);
      const minute = alice.rows.at(-2)?.slice(0, 5);
      alice.type('!why\r');
      await shows(alice, `The line of @bob at ${minute} ${why}`);
    }
  });

  test('!history and !search page back, and offer the files there', async (context) => {
    const server = await testServer(context);
    const alice = await aliceOn(context, server);
    const bob = await bobOn(context, server);
    for (let at = 1; at <= 25; at++)
      await bob.ask('SEND', { Id: at }, `apple ${at}${at % 10 === 0 ? ' pie' : ''}`);
    await attachFile(bob, Buffer.from('menu'), { Name: 'menu.txt', To: 'alice' });
    await shows(alice, '@bob: apple 25', '@bob → you offers menu.txt (4 bytes); !fetch 1 saves it');
    const end = '── end of the history; !history more shows older lines ──';
    const offer = '@bob → you offers menu.txt (4 bytes); !fetch 1 saves it';
    alice.type('!history 2\r');
    await shows(alice, '> !history 2', '── the last 2 lines ──', '@bob: apple 25', offer, end);
    alice.type('!history more\r');
    await shows(alice, '── 2 lines before ──', '@bob: apple 23', '@bob: apple 24', end);
    // Both are typed before the first answer can come.
    alice.type('!history 1\r!history more\r');
    await shows(alice, '── the last line ──', offer, end, '── 1 line before ──', '@bob: apple 25', end);
    const searchEnd = '── end of the search; there are no older lines ──';
    alice.type('!search more\r');
    await shows(alice, 'Error:  Search first: !search WORD...');
    alice.type('!search Apple pie\r');
    const title = '── the last 2 lines with "Apple" and "pie" ──';
    await shows(alice, title, '@bob: apple 10 pie', '@bob: apple 20 pie', searchEnd);
    assert.match(alice.raw, /\x1b\[1;4mapple\x1b\[22;24m 20 \x1b\[1;4mpie\x1b/);
    alice.type('!search more\r');
    await shows(alice, 'There are no older lines with "Apple" and "pie".');
    alice.type('!search Apple pie\r!search more\r');
    await shows(alice, searchEnd, 'There are no older lines with "Apple" and "pie".');
    alice.type('!search apple\r');
    await shows(alice, '@bob: apple 25', '── end of the search; !search more shows older lines ──');
    alice.type('!search more\r');
    await shows(alice, '@bob: apple 4', '@bob: apple 5', searchEnd);
    assert.ok(alice.rows.includes('── 5 lines before with "apple" ──'));
    alice.type('!search nothing\r');
    await shows(alice, 'There are no lines with "nothing".');
  });
});

describe('earshot join through pipes', () => {
  afterEach(endJoiners);

  test('prints lines without times, and nothing between them', async (context) => {
    const server = await testServer(context);
    const folder = await temporaryFolder(context);
    await mkdir(join(folder, 'got'));
    const script = new Joiner(['alice', `chat://127.0.0.1:${server.port}`, '--follow', 'apple'], {
      cwd: folder,
    });
    script.write('!list\n');
    await script.waitFor('her login', ({ output }) => output === 'alice\n');
    const bob = await bobOn(context, server);
    await bob.ask('SEND', { Id: 1 }, `an apple ${'long '.repeat(40)}`);
    await bob.ask('SENDTO alice', { Id: 2 }, 'for you');
    await attachFile(bob, Buffer.from('menu'), { Name: 'menu.txt', To: 'alice' });
    await script.waitFor('the file', ({ output }) => output.includes('!fetch 1'));
    script.end('!history 1\n!search apple\n!search nothing\n!why\n');
    assert.equal(await script.exit(), 0);
    const lines = script.output.split('\n');
    const said = `@bob: an apple ${'long '.repeat(40)}`;
    const offer = '@bob (private) attached menu.txt (4 bytes); !fetch 1 saves it';
    assert.deepEqual(lines.slice(0, -2), ['alice', said, '@bob (private): for you', offer, offer, said]);
    assert.match(
      lines.at(-2) ?? '',
      /^The line of @bob at \d\d:\d\d reached you because you follow "apple"\.$/,
    );
  });
});
