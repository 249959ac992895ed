import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Captures } from '../support/captures.ts';
import { ptyMissing } from '../support/pty.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { atPrompt, homeOf, joinFrom, logIn, scene } from './capture-scene.ts';
import { password } from './join-terminal.ts';

const left = '\x1b[D';
const up = '\x1b[A';
const asPaste = (text: string): string => `\x1b[200~${text}\x1b[201~`;

/** What people expect of a chat in a terminal, one test each; the captures were looked at by eye. */
describe('what people expect of a terminal chat', { skip: ptyMissing }, () => {
  test('0: the state of the connection is in the prompt, and the draft stays', async (context) => {
    const args = ['--data', await temporaryFolder(context)];
    const server = await startServerProcess(context, args);
    const captures = new Captures(context, '00-connection');
    const alice = joinFrom(context, await homeOf(context), server);
    await atPrompt(alice);
    await server.end('SIGTERM');
    await alice.waitFor('the loss', ({ raw }) => raw.includes('The connection is lost'));
    alice.type('typed meanwhile, @bob\ra draft');
    await captures.screen('the server is away', alice);
    await startServerProcess(context, [...args, '--port', `${server.port}`]);
    alice.type('\x15\r');
    await alice.waitFor('the connection', ({ raw }) => raw.includes('The connection is back'));
    alice.type('\x19');
    await captures.screen('the server is back', alice);
  });

  test('1: arriving lines leave the typed text and its cursor alone', async (context) => {
    const { alice, bob, captures } = await scene(context, '01-typed-text');
    alice.type(`half an answer, @bob${left.repeat(6)}`);
    await bob.say('one apple', `another apple and ${'much more '.repeat(12)}`, 'a third apple');
    await captures.screen('three lines came, the cursor is in front of the comma', alice);
    alice.type('!');
    await captures.screen('the next key goes where the cursor was', alice);
  });

  test('2: keys edit the line as readline does', async (context) => {
    const { alice, captures } = await scene(context, '02-editing');
    for (const [title, keys] of [
      ['typed', 'one two three'],
      ['Alt-b Alt-b, ^K cuts the rest', '\x1bb\x1bb\x0b'],
      ['^A ^Y puts it back in front', '\x01\x19'],
      ['^E ^W cuts the last word', '\x05\x17'],
      ['^T swaps two characters', 'ab\x14'],
      ['^_ undoes', '\x1f\x1f\x1f'],
      ['^A Alt-d cuts the first word', '\x01\x1bd'],
      ['^U ^Y leaves the line as it was', '\x05\x15\x19'],
    ] as const) {
      alice.type(keys);
      await captures.screen(title, alice);
    }
  });

  test('3: Up, Down and ^R bring earlier lines back', async (context) => {
    const { alice, captures } = await scene(context, '03-history');
    for (const line of ['first line', 'second line', 'third']) {
      alice.type(`${line}\r`);
      await alice.waitFor(line, ({ rows }) => rows.some((row) => row.endsWith(`> ${line}`)));
    }
    alice.type(`a draft${up}${up}`);
    await captures.screen('Up twice', alice);
    alice.type('\x1b[B\x1b[B');
    await captures.screen('Down twice: the draft again', alice);
    alice.type('\x12FIR');
    await captures.screen('^R', alice);
    alice.type('\r');
    await captures.screen('Enter takes the line', alice);
  });

  test('4: Tab completes commands, names, followed words and files', async (context) => {
    const { alice, bob, home, captures } = await scene(context, '04-completion');
    await writeFile(join(home, 'menu.txt'), 'menu');
    await writeFile(join(home, 'the plan.txt'), 'plan');
    await bob.say('an apple');
    await alice.waitFor('bob', ({ rows }) => rows.some((row) => row.endsWith('an apple')));
    for (const [title, keys] of [
      ['a command', '!unf\t'],
      ['what one follows, behind it', '\t'],
      ['a name', '\x15hello @b\t'],
      ['several candidates', '\x15!f\t'],
      ['Tab again takes the first', '\t'],
      ['Shift-Tab takes the last', '\x1b[Z\x1b[Z'],
      ['a followed word', '\x15an ap\t'],
      ['a file', '\x15!attach me\t'],
      ['a file with a space', '\x15!attach th\t'],
    ] as const) {
      alice.type(keys);
      await captures.screen(title, alice);
    }
  });

  test('5: a paste of several lines asks, Alt-Enter begins a row', async (context) => {
    const { alice, captures } = await scene(context, '05-paste');
    alice.type(asPaste('one\ntwo\nthree\nfour\nfive\nsix\nseven'));
    await captures.screen('the question', alice);
    alice.type('\x1b');
    await captures.screen('Esc cancels', alice);
    alice.type('one @all\x1b\rtwo @all');
    await captures.screen('Alt-Enter', alice);
    alice.type('\r');
    await captures.screen('the same question at Enter', alice);
    alice.type('\r');
    await captures.screen('both lines went', alice);
  });

  test('6: what scrolled out stays readable, and older lines come from the server', async (context) => {
    const { alice, bob, captures } = await scene(context, '06-scrollback');
    await bob.say(...Array.from({ length: 40 }, (_, at) => `apple ${at + 1}`));
    await captures.screen('the last rows', alice);
    await captures.screen('scrolled to the top', alice, { top: 0 });
    await bob.say('apple 41');
    await alice.waitFor('the line', ({ rows }) => rows.some((row) => row.endsWith('apple 41')));
    await captures.screen('another line came: the same rows', alice, { top: 0 });
    alice.type('\x0c!history 3\r');
    await captures.screen('!history 3', alice);
    alice.type('!history more\r');
    await captures.screen('!history more', alice);
  });

  test('7: there is one stream: !search jumps to what was said to one, !why and the marks tell why', async (context) => {
    const { alice, bob, captures } = await scene(context, '07-jumps');
    await bob.say('an apple for @alice', ...Array.from({ length: 5 }, (_, at) => `apple ${at}`));
    await bob.say('alice, are you there? apple');
    await alice.waitFor('the last', ({ rows }) => rows.some((row) => row.includes('are you there')));
    alice.type('!search alice\r');
    await captures.screen('the lines that name her', alice);
    alice.type('!why\r');
    await captures.screen('why the last line is here', alice);
  });

  test('8: a line marks where one left off, on every device of an account', async (context) => {
    const { alice, bob, server, captures } = await scene(context, '08-unread', {
      accounts: { alice: password },
    });
    await bob.say('apple one', 'apple two');
    await alice.waitFor('the line', ({ rows }) => rows.some((row) => row.endsWith('apple two')));
    const elsewhere = await homeOf(context);
    const second = joinFrom(context, elsewhere, server);
    await logIn(second);
    await captures.screen('a new device', second);
    second.type('\x04');
    await second.exit();
    await bob.say('apple three', 'of no interest', 'apple four');
    const again = joinFrom(context, elsewhere, server);
    await logIn(again);
    await atPrompt(again);
    await again.waitFor('what was missed', ({ raw }) => raw.includes('caught up'));
    await bob.say('apple five');
    await captures.screen('the second device comes back', again);
  });
});
