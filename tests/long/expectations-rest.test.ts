import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { atPrompt, guestIn, homeOf, joinFrom, scene, startIn } from '../faces/capture-scene.ts';
import { password } from '../faces/join-terminal.ts';
import { Captures } from '../support/captures.ts';
import { attachFile } from '../support/chat11-files.ts';
import { ptyMissing } from '../support/pty.ts';
import { testServer } from '../support/server.ts';

/** Goes on where `expectations.test.ts` ends. */
describe('what else people expect of a terminal chat', { skip: ptyMissing }, () => {
  test('9: a mention calls by colour, bell, title and desktop notice, each switchable', async (context) => {
    const { alice, bob, captures } = await scene(context, '09-highlight');
    alice.type('!set notify on\r');
    await alice.waitFor('the setting', ({ rows }) => rows.includes('notify is on.'));
    await bob.msg('lunch?');
    await bob.say('are you there, @alice?');
    await captures.screen('a private message and a mention', alice);
    captures.lines('what called', callsIn(alice.raw));
    alice.type('!set bell off\r!set notify off\r!set title off\r!set\r');
    await captures.screen('!set', alice);
    const before = alice.raw.length;
    await bob.msg('still there?');
    await alice.waitFor('the line', ({ rows }) => rows.some((row) => row.endsWith('still there?')));
    captures.lines('what called then', callsIn(alice.raw.slice(before)));
  });

  test('10: people and words are muted; who comes and goes is not told at all', async (context) => {
    const { server, alice, bob, captures } = await scene(context, '10-noise');
    alice.type('!mute @bob 2h\r!mute apple\r');
    await alice.waitFor('the mute', ({ raw }) => raw.includes('apple is muted'));
    await bob.say('an apple', 'hidden, @alice');
    const carol = await guestIn(context, server, 'carol');
    await carol.say('apple of no interest', 'seen, @alice');
    await alice.waitFor('the line', ({ rows }) => rows.some((row) => row.includes('seen, @alice')));
    alice.type('!mute\r!unmute @bob\r');
    await captures.screen('what was hidden', alice);
  });

  test('11: !search asks the server, ^R the own lines', async (context) => {
    const { alice, bob, captures } = await scene(context, '11-search');
    await bob.say('apple pie at noon', 'an apple', 'more apple PIE', 'apple');
    await alice.waitFor('the last', ({ rows }) => rows.at(-2)?.endsWith('@bob: apple') === true);
    alice.type('!search apple pie\r');
    await captures.screen('in any case of letters', alice);
    alice.type('!search pear\r');
    await captures.screen('nothing', alice);
  });

  test('12: commands are told from texts, wrong ones are not sent, ^C clears, ^L redraws', async (context) => {
    const { alice, captures } = await scene(context, '12-commands');
    alice.type('!help\r');
    await captures.screen('!help', alice);
    alice.type('\x0c!LIST\r');
    await alice.waitFor('the list', ({ rows }) => rows.includes('alice, bob') || rows.includes('bob, alice'));
    alice.type('!help follow\r!folow pear\r/quitt\r!!text\r');
    await alice.waitFor('the text', ({ rows }) => rows.some((row) => row.endsWith('> !text')));
    await captures.screen('in capitals, explained, mistyped, doubled', alice);
    alice.type('\x0ca draft\x03');
    await captures.screen('^L and ^C', alice);
    alice.type('\x03');
    assert.equal(await alice.exit(), 0);
  });

  test('13: addresses are links, and the terminal selects and scrolls itself', async (context) => {
    const { alice, bob, captures } = await scene(context, '13-links');
    const long = `https://example.com/${'long/'.repeat(18)}`;
    await bob.say('apple: https://example.com/pie (good)', `apple at ${long}`);
    await captures.screen('a short and a long address', alice);
    const links = alice.raw.matchAll(/\x1b\]8;id=[0-9a-f]+;([^\x1b]+)\x1b\\/g);
    captures.lines('links', [...new Set([...links].map(([, address = '']) => address))]);
    assert.doesNotMatch(alice.raw, /\x1b\[\?(?:9|47|100[0235-9]|101[56]|1047|1049)h/);
  });

  test('14: the first screen, profiles and settings need no manual', async (context) => {
    const server = await testServer(context, { accounts: { alice: password } });
    const home = await homeOf(context);
    const captures = new Captures(context, '14-setup');
    const first = joinFrom(context, home, server, { words: ['--follow', ''], env: { EARSHOT_NAME: '' } });
    await first.waitFor('the question', ({ rows }) => rows.at(-1) === 'Password for alice:');
    await captures.screen('an account asks for its password', first);
    first.type('wrong\r');
    await captures.screen('a wrong password', first);
    first.type('\x03');
    const config = join(home, '.config', 'earshot');
    await mkdir(config, { recursive: true });
    const url = `chat://127.0.0.1:${server.port}`;
    const work = { url, name: 'alice', follow: ['apple', 'pie'], 'password-command': `echo '${password}'` };
    await writeFile(join(config, 'config.json'), JSON.stringify({ profiles: { work } }), { mode: 0o600 });
    const shown = startIn(context, home, ['config', 'work'], { columns: 120 });
    await shown.exit();
    await captures.screen('earshot config work', shown);
    const second = startIn(context, home, ['join', 'work']);
    await atPrompt(second);
    await captures.screen('earshot join work', second);
  });

  for (const columns of [20, 80, 200]) {
    test(`15: everything fits into ${columns} columns, and a draft is never lost`, async (context) => {
      const { alice, bob, captures } = await scene(context, `15-columns-${columns}`, { columns });
      await bob.say('Would you like an apple? I have more than enough of them, and pears too.');
      await bob.msg('for you');
      await attachFile(bob.client, Buffer.from('menu'), { Name: 'menu.txt', To: 'alice' });
      await alice.waitFor('the file', ({ raw }) => raw.includes('menu.txt'));
      alice.type('!follow?\r!list\ra draft of more than twenty columns');
      await captures.screen('a conversation', alice);
    });
  }

  test('15: without colours under NO_COLOR, and with a prompt as ever', async (context) => {
    const { alice, bob, captures } = await scene(context, '15-no-colour', { env: { NO_COLOR: '1' } });
    await bob.say('an apple');
    await bob.msg('for you');
    alice.type('a draft');
    await captures.screen('a conversation', alice);
    assert.doesNotMatch(alice.raw, /\x1b\[[\d;]*m/);
  });
});

/** Bells, titles and desktop notices among the bytes that were written to a terminal. */
function callsIn(raw: string): string[] {
  const calls = raw.matchAll(/\x1b\](2|9|777);([^\x1b\x07]*)\x1b\\|\x1b\[2[23];2t|\x07/g);
  const names = new Map([
    ['\x07', 'bell'],
    ['\x1b[22;2t', 'the title is kept'],
    ['\x1b[23;2t', 'the kept title is back'],
  ]);
  return [...calls].map(
    ([all, kind, text]) => names.get(all) ?? `${kind === '2' ? 'title' : 'desktop notice'}: ${text}`,
  );
}
