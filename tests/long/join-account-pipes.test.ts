import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const accounts = { alice: 'correct horse' };

describe('earshot join through pipes, over CHAT/1.1', () => {
  afterEach(endJoiners);

  test('takes the password from the environment, and keeps the order of lines and answers', async (context) => {
    const server = await testServer(context, { accounts });
    const env = { XDG_STATE_HOME: await temporaryFolder(context), EARSHOT_PASSWORD: 'correct horse' };
    const address = `chat://127.0.0.1:${server.port}`;
    const script = new Joiner(['alice', address], { env });
    const lines = Array.from({ length: 300 }, (_, i) => `é ${i}`);
    script.end(`!follow pie\n!follow pie\none\n!history 1\n!list\n!unfollow x\ntwo\n!exit\n`);
    assert.equal(await script.exit(), 0);
    assert.equal(script.errors, 'Error:  Was already following pie\nError:  Was not following x\n');
    assert.deepEqual(script.output.split('\n'), ['Now following pie', '@alice: one', 'alice', '']);
    const many = new Joiner(['alice', address, '--rate', '0'], { env });
    many.end(`${lines.join('\n')}\n!history 200`);
    assert.equal(await many.exit(), 0);
    assert.deepEqual(
      many.output.trimEnd().split('\n'),
      lines.slice(-200).map((line) => `@alice: ${line}`),
    );
  });

  test('reports a wrong password, an invalid line and a missing file, and exits with 1', async (context) => {
    const server = await testServer(context, { accounts });
    const address = `chat://127.0.0.1:${server.port}`;
    const none = new Joiner(['alice', address]);
    assert.equal(await none.exit(), 1);
    assert.match(none.errors, /^earshot: the name "alice" has an account .*EARSHOT_PASSWORD\n$/);
    const wrong = new Joiner(['alice', address], { env: { EARSHOT_PASSWORD: 'wrong horse' } });
    assert.equal(await wrong.exit(), 1);
    assert.equal(wrong.errors, 'earshot: that is not the password of alice\n');
    const bytes = new Joiner(['bob', address]);
    bytes.end(Buffer.from('caf\xe9\n!attach none.txt x\n!list\n', 'latin1'));
    assert.equal(await bytes.exit(), 1);
    assert.match(
      bytes.errors,
      /^Line 1 was not sent: it is not UTF-8 text\nError: {2}Attached file none.txt could not be sent: no such .*\n$/,
    );
    assert.equal(bytes.output, 'bob\n');
  });

  test('stays when its server is shut down, and ends with its input', async (context) => {
    const server = await testServer(context);
    const bob = new Joiner(['bob', `chat://127.0.0.1:${server.port}`]);
    bob.write('!list\n');
    await bob.waitFor('the answer', ({ output }) => output === 'bob\n');
    await server.close();
    await bob.waitFor('the loss', ({ errors }) => errors !== '');
    bob.end();
    assert.equal(await bob.exit(), 0);
    assert.equal(bob.errors, 'The connection is lost: The server goes away. Trying to get it back.\n');
    assert.equal(bob.output, 'bob\n');
  });
});
