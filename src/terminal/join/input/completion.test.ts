import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../../tests/support/temporary-folder.ts';
import { joinCommands } from '../../../protocol/commands/command-table.ts';
import { pathCandidates } from '../files/paths.ts';
import { completionOf } from './completion.ts';

const complete = completionOf(joinCommands, {
  people: async () => ['bob', 'Bobby', 'carol'],
  followed: async () => ['apple', 'apricot', '@carol', '*', '"apple pie"'],
});

/** What can stand in place of the end of `typed`. */
async function completed(typed: string): Promise<readonly string[]> {
  const found = await complete(`${typed} behind`, typed.length);
  return (found?.candidates ?? []).map((candidate) => typed.slice(0, found?.from) + candidate);
}

describe('completion', () => {
  for (const [typed, ...results] of [
    ['!fo', '!follow?', '!follow '],
    ['!LI', '!list'],
    ['!!f'],
    ['!msg b', '!msg bob ', '!msg Bobby '],
    ['!msg bob hi @C', '!msg bob hi @carol '],
    ['!msg bob ap', '!msg bob apple ', '!msg bob apricot '],
    ['!follow @c', '!follow @carol '],
    ['!follow ap'],
    [
      '!unfollow ',
      '!unfollow apple ',
      '!unfollow apricot ',
      '!unfollow @carol ',
      '!unfollow * ',
      '!unfollow "apple pie" ',
    ],
    ['!unfollow "apple p', '!unfollow "apple pie" '],
    ['!unfollow "App', '!unfollow "apple pie" '],
    ['!unfollow @', '!unfollow @carol '],
    ['!attach x.txt ap', '!attach x.txt apple ', '!attach x.txt apricot '],
    ['!attach "a b" @b', '!attach "a b" @bob ', '!attach "a b" @Bobby '],
    ['!history 1'],
    ['!send b', '!send bob ', '!send Bobby '],
    ['!send @c', '!send @carol '],
    ['!mute ap', '!mute apple ', '!mute apricot '],
    ['!mute @b', '!mute @bob ', '!mute @Bobby '],
    ['!mute apple 2'],
    ['!help unf', '!help unfollow'],
    ['!help !Unf', '!help !unfollow'],
    ['!set t', '!set title ', '!set times '],
    ['!set times ', '!set times short ', '!set times long ', '!set times off '],
    ['!set bell o', '!set bell on ', '!set bell off '],
    ['!set volume '],
    ['(@bo', '(@bob ', '(@Bobby '],
    ['hi @a', 'hi @all '],
    ['me@b'],
    ['an ap', 'an apple ', 'an apricot '],
    ['a'],
    ['a '],
    [''],
  ] as const) {
    it(`of ${JSON.stringify(typed)}`, async () => assert.deepEqual(await completed(typed), results));
  }

  it('of paths: folders, names with spaces, and hidden files only when asked', async (context) => {
    const home = await temporaryFolder(context);
    for (const folder of ['docs', 'my docs', '.git']) await mkdir(join(home, folder));
    for (const file of ['my docs/a b.txt', 'docs/plain.txt', '.profile', 'do"c d', 'docs/new\nline']) {
      await writeFile(join(home, file), '');
    }
    const of = (typed: string) => pathCandidates(typed, home);
    assert.deepEqual(await of('~/'), [`${home}/docs/`, `"${home}/my docs/`]);
    assert.deepEqual(await of('~/.p'), [`${home}/.profile `]);
    assert.deepEqual(await of(`${home}/docs/p`), [`${home}/docs/plain.txt `]);
    assert.deepEqual(await of(`"${home}/my docs/`), [`"${home}/my docs/a b.txt" `]);
    assert.deepEqual(await of(`${home}/none/`), []);
    const found = await complete(`!attach ${home}/docs/pl`, `!attach ${home}/docs/pl`.length);
    assert.deepEqual(found, { from: 8, candidates: [`${home}/docs/plain.txt `] });
    const sent = `!send bob "${home}/my docs/a`;
    const one = await complete(sent, sent.length);
    assert.deepEqual(one, { from: 10, candidates: [`"${home}/my docs/a b.txt" `] });
  });
});
