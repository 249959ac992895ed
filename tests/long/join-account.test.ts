import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { earshot } from '../faces/joiner.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { isOffline, Pty, ptyMissing, quoted, untimed } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const skip = ptyMissing;
const accounts = { alice: 'correct horse' };

/** One user's terminals, which share their folders. */
class Desk {
  readonly #context: TestContext;
  readonly #port: number;
  readonly folder: string;

  static async of(context: TestContext, { port }: { readonly port: number }): Promise<Desk> {
    return new Desk(context, port, await temporaryFolder(context));
  }

  private constructor(context: TestContext, port: number, folder: string) {
    this.#context = context;
    this.#port = port;
    this.folder = folder;
  }

  /** Starts `earshot join` on a terminal, and waits until `row` is the last row. */
  async join(name: string, row = '>'): Promise<Pty> {
    const words = [process.execPath, earshot, 'join', name, `chat://127.0.0.1:${this.#port}`];
    const env = { HOME: this.folder, XDG_STATE_HOME: join(this.folder, 'state') };
    const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, { columns: 120, cwd: this.folder, env });
    this.#context.after(() => pty.close());
    await pty.waitFor(row, ({ rows }) => rows.at(-1) === row);
    return pty;
  }

  /** As `join`, and enters the password. */
  async logIn(name: string, password: string): Promise<Pty> {
    const pty = await this.join(name, `Password for ${name}:`);
    pty.type(`${password}\r`);
    await pty.waitFor('a prompt', ({ rows }) => rows.at(-1) === '>');
    return pty;
  }
}

/** Types a line and waits until `answer` is above the prompt. */
async function ask(pty: Pty, line: string, answer: string | RegExp, prompt = /^>$/): Promise<void> {
  const isAnswer = (row = '') => (typeof answer === 'string' ? row === answer : answer.test(row));
  pty.type(`${line}\r`);
  await pty.waitFor(
    `${answer} after ${line}`,
    ({ rows }) => isAnswer(rows.at(-2)) && prompt.test(rows.at(-1) ?? ''),
  );
}

/** Waits for a line that somebody said, or for another row. */
const sees = (pty: Pty, row: string): Promise<void> =>
  pty.waitFor(row, ({ rows }) => untimed(rows).includes(row));
/** Sends note.txt to alice, and waits until it is told how many that reached. */
async function attach(pty: Pty, reached: string): Promise<void> {
  await ask(pty, '!attach note.txt @alice', reached);
  assert.equal(pty.rows.at(-3), 'Attachment note.txt attached and distributed');
}

async function leave(pty: Pty): Promise<void> {
  pty.type('!exit\r');
  assert.equal(await pty.exit(), 0);
}

describe('earshot join with an account', { skip }, () => {
  test('asks for the password, at most three times', async (context) => {
    const server = await testServer(context, { accounts });
    const desk = await Desk.of(context, server);
    const alice = await desk.join('alice', 'Password for alice:');
    alice.type('wrong horse\r');
    await alice.waitFor('the question', ({ rows }) =>
      rows.join('\n').endsWith('Password for alice:\nThat is not the password.\nPassword for alice:'),
    );
    alice.type('correct horse\r');
    await alice.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    await sees(alice, 'Logged in as alice. What you type goes to whoever follows it.');
    assert.doesNotMatch(alice.raw, /horse/);
    await leave(alice);
    const guesser = await desk.join('alice', 'Password for alice:');
    for (const questions of [2, 3, 3]) {
      guesser.type('short\r');
      if (questions === 2 || guesser.rows.filter((row) => row === 'Password for alice:').length < 3) {
        await guesser.waitFor(
          'the next question',
          ({ rows }) => rows.filter((row) => row === 'Password for alice:').length >= questions,
        );
      }
    }
    assert.equal(await guesser.exit(), 1);
    assert.equal(guesser.rows.at(-1), 'earshot: that is not the password of alice');
  });

  test('!password turns a guest into an account, whose password other terminals need', async (context) => {
    const server = await testServer(context);
    const desk = await Desk.of(context, server);
    const bob = await desk.join('bob');
    await ask(bob, '!follow apple', 'Now following apple');
    bob.type('!password\r');
    const explained = (row: string): boolean => row.startsWith('With a password your name is an account');
    const question = /^New password for bob:$/;
    await bob.waitFor('the question', ({ rows }) => rows.some(explained) && question.test(rows.at(-1) ?? ''));
    bob.type('a canary\r');
    await bob.waitFor('the second question', ({ rows }) => rows.at(-1) === 'The same again:');
    const again = 'Choose again; an empty line cancels.';
    await ask(bob, 'another', `Those were two different passwords. ${again}`, question);
    // What is wrong with a password is told before it is asked for again.
    await ask(bob, 'short', `A password has at least 8 characters. ${again}`, question);
    const refused = 'No password; nothing is changed. What you type now is sent to the chat.';
    await ask(bob, '', refused);
    bob.type('!password\ra canary\ra canary\r');
    const made = 'bob is an account now; join asks for its password from the next time on.';
    await bob.waitFor(made, ({ rows }) => rows.at(-2) === made && rows.at(-1) === '>');
    assert.doesNotMatch(bob.raw, /canary/);
    assert.ok(!bob.rows.includes('What you typed after the password was not sent.'));
    const elsewhere = await Desk.of(context, server);
    const other = await elsewhere.logIn('bob', 'a canary');
    await ask(other, '!follow?', '@bob, @all, apple');
    other.type('on two devices\r');
    await sees(bob, '@bob: on two devices');
    await leave(other);
    await leave(bob);
  });

  test('!password changes the password of an account, and !devices shows and ends its logins', async (context) => {
    const server = await testServer(context, { accounts });
    const desk = await Desk.of(context, server);
    const alice = await desk.logIn('alice', 'correct horse');
    const elsewhere = await Desk.of(context, server);
    const other = await elsewhere.logIn('alice', 'correct horse');
    await ask(alice, '!devices', '2 logins; !devices revoke N ends one of them.');
    const logins = alice.rows.filter((row) => / {2}CHAT\/1\.1 from 127\.0\.0\.1 {2}last used /.test(row));
    assert.equal(logins.length, 2, alice.rows.join('\n'));
    const of = (isThis: boolean) =>
      /^ *(\d+) /.exec(logins.find((row) => row.endsWith('(this one)') === isThis) ?? '')?.[1] ?? '';
    await ask(alice, '!devices revoke 99999', 'Error:  You have no such device');
    await ask(
      alice,
      `!devices revoke ${of(false)}`,
      `Login ${of(false)} is revoked; its sessions have ended.`,
    );
    assert.equal(await other.exit(), 1);
    assert.match(other.rows.at(-1) ?? '', /logged you out: What let you in was revoked/);
    alice.type('!password\r');
    const old = (row: string | undefined): boolean => row === 'Present password for alice:';
    await alice.waitFor('the question', ({ rows }) => old(rows.at(-1)));
    alice.type('a wrong one\r');
    await alice.waitFor('the new one', ({ rows }) => rows.at(-1) === 'New password for alice:');
    alice.type('another horse\ranother horse\r');
    const wrong =
      'That was not the password of alice; nothing is changed. What you type now is sent to the chat.';
    await alice.waitFor(wrong, ({ rows }) => rows.at(-2) === wrong);
    alice.type('!password\rcorrect horse\ranother horse\ranother horse\r');
    const changed = 'The password of alice is changed; all other logins have ended.';
    await alice.waitFor(changed, ({ rows }) => rows.at(-2) === changed && rows.at(-1) === '>');
    assert.doesNotMatch(alice.raw, /(?:correct|another) horse/);
    await leave(alice);
    const again = await elsewhere.logIn('alice', 'another horse');
    await leave(again);
  });

  test('catches up on messages, and is offered the files', async (context) => {
    const server = await testServer(context, { accounts });
    const desk = await Desk.of(context, server);
    await leave(await desk.logIn('alice', 'correct horse'));
    const bob = await Desk.of(context, server);
    await writeFile(join(bob.folder, 'note.txt'), 'for alice');
    const sender = await bob.join('bob');
    await ask(sender, 'are you there, @alice?', /^reached nobody online/);
    await ask(sender, '!msg alice café', /^Message sent to alice; it waits for them/);
    await attach(sender, 'it reached nobody online');
    const alice = await desk.logIn('alice', 'correct horse');
    const caughtUp = '── caught up: 3 of 3 messages while you were away ──';
    await sees(alice, caughtUp);
    const rows = untimed(alice.rows);
    assert.match(rows.at(-6) ?? '', /^── while you were away, since \d\d:\d\d ──$/);
    assert.deepEqual(rows.slice(-5), [
      '@bob: are you there, @alice?',
      '@bob → you: café',
      '@bob offers note.txt (9 bytes); !fetch 1 saves it',
      caughtUp,
      '>',
    ]);
    const there = (await readdir(desk.folder)).filter((name) => name !== '.cache');
    assert.deepEqual(there, ['state']);
    await ask(alice, '!fetch', /^1 {2}\d\d:\d\d {2}offered {2}9 bytes {2}@bob {2}note\.txt$/);
    await ask(alice, '!fetch 2', 'Error:  No file "2" is offered; !files lists them');
    await ask(alice, '!fetch note.txt', 'Received note.txt (9 bytes) from bob: ~/earshot-files/note.txt');
    assert.equal(await readFile(join(desk.folder, 'earshot-files', 'note.txt'), 'utf8'), 'for alice');
    await ask(alice, '!fetch', 'No file waits to be saved.');
    await attach(sender, 'it reached 1 person');
    await sees(alice, '@bob offers note.txt (9 bytes); !fetch 2 saves it');
    await ask(alice, '!follow @bob', 'Now following @bob');
    await attach(sender, 'it reached 1 person');
    await sees(alice, 'Received "note (1).txt" (9 bytes) from bob: ~/earshot-files/note (1).txt');
    await leave(alice);
    await leave(sender);
  });

  for (const [signal, what] of [
    ['SIGKILL', 'killed'],
    ['SIGTERM', 'stopped'],
  ] as const) {
    test(`sends once what was typed while its server was ${what} and started again`, async (context) => {
      const data = await temporaryFolder(context);
      const options = ['--data', data, '--message-rate', '0'];
      const server = await startServerProcess(context, options);
      const desk = await Desk.of(context, server);
      const alice = await desk.join('alice');
      alice.type('!password\rcorrect horse\rcorrect horse\r');
      await alice.waitFor('an account', ({ rows }) => /^alice is an account/.test(rows.at(-2) ?? ''));
      await ask(alice, '!follow apple', 'Now following apple');
      const texts = Array.from({ length: 40 }, (_, i) => `line ${i} @all`);
      alice.type(
        texts
          .slice(0, 20)
          .map((text) => `${text}\r`)
          .join(''),
      );
      await server.end(signal);
      await alice.waitFor('the loss', isOffline);
      alice.type(
        texts
          .slice(20)
          .map((text) => `${text}\r`)
          .join(''),
      );
      const refusal = 'Error:  There is no connection now, so nothing was done; try again when it is back';
      alice.type('!list\r!follow pie\r');
      await sees(alice, refusal);
      await sees(alice, 'There is no connection now; !follow pie is done when it is back.');
      const back = await startServerProcess(context, [...options, '--port', String(server.port)]);
      await sees(alice, 'The connection is back.');
      assert.equal(alice.rows.filter((row) => row.startsWith('The connection is lost: ')).length, 1);
      const bob = await WireClient.register(context, back, 'bob');
      bob.send('an apple\n');
      await sees(alice, '@bob: an apple');
      await sees(alice, 'Now following pie');
      // Whatever was typed is sent before it leaves.
      await leave(alice);
      const { client } = await ParcelClient.enter(context, back, 'LOGIN alice', {
        Password: 'correct horse',
      });
      client.send('HISTORY', { Limit: 200 });
      const history = await client.until('200 End of history');
      const said = history.filter(({ headers }) => headers.From === 'alice').map(({ body }) => body);
      assert.deepEqual(said, texts);
      assert.ok(!untimed(alice.rows).some((row) => row.startsWith('@alice:')));
      const shown = untimed(alice.rows).filter((row) => row.startsWith('> line'));
      assert.deepEqual(
        shown,
        texts.map((text) => `> ${text}`),
      );
    });
  }
});

test('guests send private messages, and read the history', { skip }, async (context) => {
  const server = await testServer(context);
  const desk = await Desk.of(context, server);
  const alice = await desk.join('alice');
  const bob = await desk.join('bob');
  await ask(alice, '!msg bob just between us', 'Message sent to bob');
  await sees(bob, '@alice → you: just between us');
  await ask(bob, '!msg alice yes', 'Message sent to alice');
  await ask(alice, '!msg nobody hi', 'Error:  nobody is not online');
  await ask(alice, '!msg alice hi', 'Error:  You cannot send a private message to yourself');
  bob.type('\u001b\u202eZoë, @alice\r');
  await alice.waitFor('the message', ({ rows }) => rows.some((row) => row.includes('Zoë, @alice')));
  await ask(alice, '!history 0', 'Error:  !history takes a number from 1 to 200');
  await ask(alice, '!history 3', '── end of the history; !history more shows older lines ──');
  assert.deepEqual(untimed(alice.rows).slice(-6, -3), [
    '── the last 3 lines ──',
    '@alice → @bob: just between us',
    '@bob → you: yes',
  ]);
  assert.match(alice.rows.at(-3) ?? '', /^\d\d:\d\d @bob: .*Zoë, @alice$/);
  const unknown = 'Error:  Unknown command "!dance"; !help lists them, !! in front sends it as text';
  await ask(alice, '!dance', unknown);
  await ask(alice, '!msg bob', 'Error:  Wrong number of words; it is used as: !msg NAME TEXT');
  await ask(alice, '!help', /^!exit +leave$/);
  assert.ok(alice.rows.some((row) => /^!password +make/.test(row)));
  alice.type('!!not a command, @bob\r');
  await sees(bob, '@alice: !not a command, @bob');
  await leave(alice);
  await leave(bob);
});
