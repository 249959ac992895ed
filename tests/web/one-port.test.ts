import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, describe, type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';
import {
  assertUnharmed,
  closeBrowser,
  heard,
  newPage,
  noBrowser,
  say,
  signIn,
  signInAt,
  type WatchedPage,
  webServer,
} from './browser.ts';

after(closeBrowser);
afterEach(endJoiners);

/** Somebody in the chat, by whatever program. */
interface Face {
  /** All that this person has seen so far. */
  seen(): Promise<string>;
  /** Resolves when this person has seen `text`. */
  sees(text: string): Promise<void>;
  say(text: string): Promise<void>;
  tell(name: string, text: string): Promise<void>;
}

function browserFace({ page }: WatchedPage): Face {
  const show = async (filter: string): Promise<void> => {
    if (filter !== '') await page.locator('.side').getByRole('link', { name: filter }).first().click();
    else if (new URL(page.url()).search !== '')
      await page.getByRole('button', { name: 'Show everything' }).click();
  };
  return {
    async seen() {
      await show('');
      return (await page.locator('.log').innerText()).replaceAll('\n', ' ');
    },
    async sees(text) {
      await show('');
      await heard(page, text);
    },
    async say(text) {
      await show('');
      await say(page, text);
    },
    async tell(name, text) {
      await show(name);
      await say(page, text);
      await heard(page, text);
    },
  };
}

function programFace(
  program: Joiner,
  lines: { say(text: string): string; tell(name: string, text: string): string },
): Face {
  return {
    seen: async () => program.output,
    sees: (text) => program.waitFor(text, ({ output }) => output.includes(text)),
    say: async (text) => program.write(lines.say(text)),
    tell: async (name, text) => program.write(lines.tell(name, text)),
  };
}

/** What speaks CHAT/1.0 as `nc` does. */
function lineFace(
  send: (line: string) => void,
  name: string,
  output: { text: string; onText?: () => void },
): Face {
  return {
    seen: async () => output.text,
    sees: (text) =>
      new Promise((resolve) => {
        output.onText = () => output.text.includes(text) && resolve();
        output.onText();
      }),
    say: async (text) => send(`@${name}: ${text}\n`),
    tell: async (to, text) => send(`@${name}: !msg ${to} ${text}\n`),
  };
}

async function tlsLines(t: TestContext, port: number, name: string): Promise<Face> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  const output: { text: string; onText?: () => void } = { text: '' };
  socket.setEncoding('utf8').on('data', (text: string) => {
    output.text += text;
    output.onText?.();
  });
  socket.write(`REGISTER ${name} CHAT/1.0\n`);
  const face = lineFace((line) => socket.write(line), name, output);
  await face.sees('200 Registration successful');
  return face;
}

async function plainLines(t: TestContext, server: { readonly port: number }, name: string): Promise<Face> {
  const client = await WireClient.register(t, server, name);
  const output: { text: string; onText?: () => void } = { text: '' };
  client.socket.on('data', (chunk: Buffer) => {
    output.text += chunk.toString();
    output.onText?.();
  });
  return lineFace((line) => client.send(line), name, output);
}

describe('one port', { skip: noBrowser }, () => {
  test('two browsers, join, menu, console and nc talk, in plain text and over TLS; private texts reach two people', async (t) => {
    const server = await webServer(t, { tls: 'own', defaultFollow: ['*'] });
    const { port } = server;
    const secure = server.joinAddresses.find((address) => address.startsWith('chats://')) ?? '';
    const [alice, bob] = [await newPage(t), await newPage(t, { trustsAll: true })];
    await signIn(alice.page, server, 'alice');
    await signInAt(bob.page, `https://127.0.0.1:${port}/`, 'bob');
    const downloads = await temporaryFolder(t);
    const carol = new Joiner(['carol', secure, '--follow', '*', '--downloads', downloads]);
    const dave = new Joiner(['-hn', '127.0.0.1', '-p', String(port)], { face: 'menu' });
    dave.write('dave\ncorrect horse\n');
    await dave.waitFor('the menu', ({ output }) => output.includes('EX: exit'));
    const erin = new Joiner(['127.0.0.1', String(port)], { face: 'console' });
    erin.write('login erin\n');
    await erin.waitFor('the login', ({ output }) => output === 'Success\n');
    const faces: Readonly<Record<string, Face>> = {
      alice: browserFace(alice),
      bob: browserFace(bob),
      carol: programFace(carol, {
        say: (text) => `${text}\n`,
        tell: (name, text) => `!msg ${name} ${text}\n`,
      }),
      dave: programFace(dave, {
        say: (text) => `BM\n${text}\n`,
        tell: (name, text) => `PM\n${name}\n${text}\n`,
      }),
      erin: programFace(erin, {
        // The console has no command for everybody; its protocol has private messages only.
        say: (text) => `sendto alice ${text}\n`,
        tell: (name, text) => `sendto ${name} ${text}\n`,
      }),
      fred: await plainLines(t, server, 'fred'),
      gina: await tlsLines(t, port, 'gina'),
    };
    const names = Object.keys(faces);
    const of = (name: string): Face => {
      const face = faces[name];
      assert.ok(face !== undefined);
      return face;
    };
    // Everybody hears what anybody says to all.
    for (const name of names.filter((one) => one !== 'erin')) {
      const text = `a word of ${name} for @all`;
      await of(name).say(text);
      for (const other of names.filter((one) => one !== name)) await of(other).sees(text);
    }
    // The people at the side are asked for when the page becomes visible, and now and then.
    for (const { page } of [alice, bob]) {
      await page.reload();
      await page.locator('.side').getByRole('link', { name: 'gina' }).first().waitFor();
    }
    const secrets: readonly (readonly [from: string, to: string])[] = names.map((name, at) => [
      name,
      names[(at + 1) % names.length] ?? '',
    ]);
    const secretOf = (from: string, to: string): string => `between ${from} and ${to} alone`;
    for (const [from, to] of secrets) {
      await of(from).tell(to, secretOf(from, to));
      await of(to).sees(secretOf(from, to));
    }
    // What comes behind all of it has been seen everywhere, so all that could be seen has been.
    await of('gina').say('the end, @all');
    for (const name of names.filter((one) => one !== 'gina')) await of(name).sees('the end, @all');
    for (const [from, to] of secrets) {
      const secret = secretOf(from, to);
      for (const name of names.filter((one) => one !== from && one !== to))
        assert.ok(!(await of(name).seen()).includes(secret), `${name} sees what is ${secret}`);
    }
    await assertUnharmed(alice);
    await assertUnharmed(bob);
  });
});
