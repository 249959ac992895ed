import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { testServer } from '../support/server.ts';
import { endJoiners, Joiner } from './joiner.ts';

afterEach(endJoiners);

test('an address that was given as two words is an error that has the right command', async () => {
  const words = ['dave', '127.0.0.1', '4711', '--follow', "bob's pie"];
  for (const [npm, program] of [
    ['npx', 'npx earshot'],
    [undefined, 'earshot'],
  ] as const) {
    const joiner = new Joiner(words, { env: { npm_lifecycle_event: npm } });
    assert.equal(await joiner.exit(), 64);
    const right = `${program} join dave chat://127.0.0.1:4711 --follow 'bob'\\''s pie'`;
    assert.equal(
      joiner.errors.split('\n').slice(0, 2).join('\n'),
      `earshot: the address is one word; try\n  ${right}`,
    );
  }
});

test('a piped command that is not done makes the exit code 1, and its error goes to standard error', async (context) => {
  const server = await testServer(context, { limits: { followTerms: 3 } });
  for (const [line, code, errors] of [
    ['!msg nobody hi', 1, 'Error:  nobody is not online\n'],
    ['!msg bob hi', 1, 'Error:  You cannot send a private message to yourself\n'],
    ['!bogus', 1, 'Error:  Unknown command "!bogus"; !help lists them, !! in front sends it as text\n'],
    ['!follow a\n!follow b', 1, 'Error:  You follow 3 terms; unfollow one first\n'],
    ['!unfollow @all', 1, 'Error:  All users must follow @all\n'],
    ['!fetch 7', 1, 'Error:  No file "7" is offered; !files lists them\n'],
    ['!password', 1, 'A password can only be chosen at a terminal.\n'],
    [
      '!follow a\n!follow a\n!unfollow x',
      0,
      'Error:  Was already following a\nError:  Was not following x\n',
    ],
    ['!list\nhello', 0, ''],
  ] as const) {
    const joiner = new Joiner(['bob', `chat://127.0.0.1:${server.port}`]);
    joiner.end(`${line}\n`);
    assert.equal(await joiner.exit(), code, line);
    if (typeof errors === 'string') assert.equal(joiner.errors, errors);
    else assert.match(joiner.errors, errors);
    assert.doesNotMatch(joiner.output, /Error/);
  }
});
