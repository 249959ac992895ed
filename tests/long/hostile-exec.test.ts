import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, type TestContext, test } from 'node:test';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { fileNames, hostile, sayable, tellAll, timeMs } from '../support/hostile-server.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What a careless shell would run, or a careless command take for an option. */
const shellTexts = [
  '$(touch pwned)',
  '`touch pwned`',
  '"; touch pwned; "',
  "'; touch pwned; '",
  '$' + '{IFS}; touch pwned',
  '& touch pwned &',
  '| touch pwned',
  '--help',
  '-n',
  '*',
  '%s%n',
  '\\0\\n\\c',
];

/** Writes what it gets by its environment and on its standard input, one line for each message. */
const command = `printf '%s|%s|%s\\n' "$EARSHOT_FROM" "$EARSHOT_TEXT" "$(cat)" >>out; printf '%s\\n' "$EARSHOT_FILE_NAME" >>names`;

/** Nothing but what the command itself writes. */
async function got(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => name !== 'earshot' && name !== '.cache');
  assert.deepEqual(files.sort(), ['names', 'out']);
  return (await readFile(join(folder, 'out'), 'utf8')).trimEnd().split('\n');
}

function tail(context: TestContext, folder: string, url: string, count: number): Joiner {
  const env = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder };
  const words = ['--name', 'alice', '--follow', 'apple', '--count', String(count), '--exec', command, url];
  const joiner = new Joiner(words, { face: 'tail', cwd: folder, env });
  context.after(() => joiner.close());
  return joiner;
}

afterEach(endJoiners);

test('tail --exec runs nothing that a hostile CHAT/1.1 server says', async (context) => {
  const folder = await temporaryFolder(context);
  const server = await startChat11StandIn(context, (request, peer) => {
    if (request.kind !== 'register') return hostile()(request, peer);
    peer.answer({ kind: 'register', token: 't', epoch: 'e', position: 0 });
    for (const [at, text] of shellTexts.entries())
      peer.tell({ kind: 'message', position: at + 1, from: 'eve', timeMs, text });
    tellAll(peer, 100);
    return false;
  });
  const url = `chat://127.0.0.1:${server.address.port}`;
  const program = tail(context, folder, url, shellTexts.length + 2 * (sayable.length + fileNames.length));
  assert.equal(await program.exit(), 0, program.errors);
  const oneLine = (text: string): string => text.replace(/[\u2028\u2029]/g, ' ');
  const twice = (all: readonly string[]): string[] => all.flatMap((text) => [text, text]).map(oneLine);
  const expected = [...shellTexts, ...twice(sayable), ...twice(fileNames)];
  assert.deepEqual(
    await got(folder),
    expected.map((text) => `eve|${text}|${text}`),
  );
});
