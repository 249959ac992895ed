import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldWord } from '../../protocol/folding.ts';
import { termProblem } from '../../protocol/terms.ts';
import type { Entry, Message } from '../messages/entry.ts';
import { carriesEverything, keysOf, privateFrom, privateTo } from '../messages/keys.ts';
import { FollowIndex } from './follow-index.ts';
import { Follows } from './follows.ts';
import { matchedKeys } from './match.ts';

/** A town of followers, and the messages sent in it. */
class Town {
  readonly index = new FollowIndex<string>();
  position = 0;
  readonly entries: Entry[] = [];
  readonly delivered = new Map<string, number[]>();

  follows(name: string, maxTerms = 200): Follows<string> {
    return new Follows({ index: this.index, follower: name, name, hub: this, maxTerms, maxPhrases: 3 });
  }

  say(sender: string, message: Message): ReadonlySet<string> {
    const entry = { position: ++this.position, timeMs: 0, sender, message };
    const recipients = new Set(this.index.holders(matchedKeys(entry, this.index)).followers);
    this.entries.push(entry);
    for (const name of recipients)
      this.delivered.set(name, [...(this.delivered.get(name) ?? []), entry.position]);
    return recipients;
  }
}

const text = (words: string): Message => ({ kind: 'text', text: words });
const file = { id: '', name: 'apple.txt', bytes: 1, sha256: '' };
const sorted = (names: Iterable<string>): string[] => [...names].sort();

test('a text reaches the followers of its words and of its sender, and everybody named in it', () => {
  const town = new Town();
  for (const name of ['alice', 'bob', 'carol', 'dave']) {
    const follows = town.follows(name);
    if (name === 'alice') follows.follow('apple');
    if (name === 'carol') follows.follow('@bob');
  }
  assert.deepEqual(sorted(town.say('bob', text('an apple?'))), ['alice', 'bob', 'carol']);
  assert.deepEqual(sorted(town.say('alice', text('a pineapple for @dave'))), ['alice', 'dave']);
  assert.deepEqual(sorted(town.say('alice', text('hello @all'))), ['alice', 'bob', 'carol', 'dave']);
});

test('the terms that matched are sorted, live, later and after a restart', () => {
  const town = new Town();
  const alice = town.follows('alice');
  for (const term of ['pie', 'apple', 'plum']) alice.follow(term);
  town.say('bob', text('plum apple pie @alice'));
  const keys = new Set(['plum', 'apple', 'pie', '@alice']);
  const live = alice.matched(keys, 1);
  assert.deepEqual(live, ['@alice', 'apple', 'pie', 'plum']);
  alice.unfollow('apple');
  alice.begin(['plum', 'fig']);
  assert.deepEqual(alice.matched(keys, 1), live);
  const spans = alice.history();
  alice.leave();
  const again = new Follows({
    index: town.index,
    follower: 'alice',
    name: 'alice',
    hub: town,
    maxTerms: 200,
    maxPhrases: 3,
    since: { after: 0, spans },
  });
  assert.deepEqual(again.matched(keys, 1), live);
});

test('a private message reaches its two people, whatever others follow', () => {
  const town = new Town();
  for (const name of ['alice', 'bob', 'carol']) town.follows(name);
  const carol = town.follows('carol');
  for (const term of ['*', '@alice', '@bob', 'secret', 'to', 'from']) carol.follow(term);
  assert.deepEqual(sorted(town.say('alice', { kind: 'private', to: 'bob', text: 'a secret @carol @all' })), [
    'alice',
    'bob',
  ]);
});

test('a private file reaches its two people alone', () => {
  const town = new Town();
  for (const name of ['alice', 'bob', 'carol']) town.follows(name);
  const dave = town.follows('dave');
  for (const term of ['*', '@alice', '@bob', 'apple.txt']) dave.follow(term);
  assert.deepEqual(sorted(town.say('alice', { kind: 'attachment', terms: [], to: 'bob', file })), [
    'alice',
    'bob',
  ]);
});

test('a broadcast reaches everybody, once', () => {
  const town = new Town();
  for (const name of ['alice', 'bob']) town.follows(name).follow('apple');
  town.follows('carol');
  assert.deepEqual(sorted(town.say('alice', { kind: 'broadcast', text: 'an apple' })), [
    'alice',
    'bob',
    'carol',
  ]);
});

test('nobody can ask to follow a private key', () => {
  for (const key of [privateTo('bob'), privateFrom('bob')]) assert.notEqual(termProblem(key), undefined);
});

test('a file reaches the followers of its terms and of its sender', () => {
  const town = new Town();
  town.follows('alice').follow('Apple');
  town.follows('bob').follow('@carol');
  town.follows('dave');
  assert.deepEqual(sorted(town.say('carol', { kind: 'attachment', terms: ['apple', 'pie'], file })), [
    'alice',
    'bob',
  ]);
  assert.deepEqual(sorted(town.say('carol', { kind: 'attachment', terms: ['@dave'], file })), [
    'bob',
    'dave',
  ]);
});

test('following everything matches every message that is not private', () => {
  const town = new Town();
  town.follows('alice').follow('*');
  assert.deepEqual([...town.say('bob', text('unheard of'))], ['alice']);
});

test('the list keeps its order, and reports what is not possible', () => {
  const alice = new Town().follows('alice', 5);
  assert.deepEqual(alice.begin(['apple', 'pie', 'Apple', '@all']).left, []);
  assert.deepEqual(alice.terms, ['apple', 'pie', '@alice', '@all']);
  assert.equal(alice.follow('PIE'), 'already');
  assert.equal(alice.follow('@all'), 'already');
  assert.equal(alice.follow('plum'), 'followed');
  assert.equal(alice.follow('fig'), 'too-many');
  assert.equal(alice.unfollow('fig'), 'not-following');
  assert.equal(alice.unfollow('@all'), 'everybody-must');
  assert.equal(alice.unfollow('@alice'), 'oneself');
  assert.equal(alice.unfollow('APPLE'), 'unfollowed');
  assert.deepEqual(alice.terms, ['pie', '@alice', '@all', 'plum']);
});

test('a list that begins with too many terms reports which are left out', () => {
  const alice = new Town().follows('alice', 4);
  assert.deepEqual(alice.begin(['a', 'b', 'c', 'd']).left, ['c', 'd']);
  assert.deepEqual(alice.terms, ['a', 'b', '@alice', '@all']);
});

test('a message may have very many followed words', () => {
  const town = new Town();
  const words = Array.from({ length: 16_000 }, (_, number) => (0x1000 + number).toString(36));
  for (let first = 0; first < words.length; first += 190) {
    town.follows(`user${first}`).begin(words.slice(first, first + 190));
  }
  const entry = { position: 1, timeMs: 0, sender: 'bob', message: text(words.join(' ')) };
  assert.deepEqual(matchedKeys(entry, town.index), words);
});

test('a user who has left is under no key of the index', () => {
  const town = new Town();
  const alice = town.follows('alice');
  alice.begin(['apple', '*']);
  alice.leave();
  for (const key of ['apple', '*', '@alice', '@all', 'to\talice', 'from\talice']) {
    assert.deepEqual(town.index.holders([key]).followers, []);
  }
});

test('whoever has left takes no keys from others, and does not follow any more', () => {
  const town = new Town();
  const alice = town.follows('alice');
  alice.follow('apple');
  alice.leave();
  const bob = town.follows('bob');
  bob.follow('apple');
  alice.leave();
  assert.throws(() => alice.follow('pear'), /alice has left/);
  assert.throws(() => alice.unfollow('apple'), /alice has left/);
  assert.throws(() => alice.begin([]), /alice has left/);
  assert.deepEqual(sorted(town.say('carol', text('apple'))), ['bob']);
  assert.deepEqual(sorted(town.say('carol', text('pear'))), []);
});

test('spans cover exactly what was delivered, however follows change in between', () => {
  const word = fc.constantFrom('apple', 'Pie', 'fig', '@bob', '@alice', '@all', '*');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('follow' as const), term: word }),
    fc.record({ kind: fc.constant('unfollow' as const), term: word }),
    fc.record({ kind: fc.constant('say' as const), term: word }),
    fc.record({ kind: fc.constant('broadcast' as const), term: word }),
    fc.record({ kind: fc.constant('private' as const), term: fc.constantFrom('alice', 'carol') }),
    fc.record({ kind: fc.constant('file' as const), term: fc.constantFrom('alice', 'carol') }),
    fc.record({ kind: fc.constant('begin' as const), term: word }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const town = new Town();
      const alice = town.follows('alice');
      for (const { kind, term } of steps) {
        if (kind === 'follow') alice.follow(term);
        else if (kind === 'unfollow') alice.unfollow(term);
        else if (kind === 'begin') alice.begin([term]);
        else if (kind === 'say') town.say('bob', text(`some ${term}!`));
        else if (kind === 'broadcast') town.say('bob', { kind, text: `some ${term}!` });
        else if (kind === 'file') town.say('bob', { kind: 'attachment', terms: [], to: term, file });
        else town.say('bob', { kind, to: term, text: 'x' });
      }
      const spans = alice.spans();
      const covered = town.entries.filter(({ position, sender, message }) => {
        const keys = keysOf(sender, message);
        const holds = (key: string): boolean => keys.has(key) || (key === '*' && carriesEverything(message));
        return spans.some(({ key, after, through }) => position > after && position <= through && holds(key));
      });
      assert.deepEqual(
        covered.map(({ position }) => position),
        town.delivered.get('alice') ?? [],
      );
    }),
  );
});

test('a term is held in the folded form in which words are compared', () => {
  const town = new Town();
  town.follows('alice').follow('ÄPFEL');
  assert.deepEqual(town.index.holders([foldWord('äpfel')]).followers, ['alice']);
});

test('a user follows so many phrases, and as many other terms as before', () => {
  const town = new Town();
  const alice = town.follows('alice');
  for (const term of ['"a b"', '"b c"', '"c d"']) assert.equal(alice.follow(term), 'followed');
  assert.equal(alice.follow('"D  e"'), 'too-many-phrases');
  assert.equal(alice.follow('"A  B"'), 'already');
  assert.equal(alice.follow('d'), 'followed');
  alice.unfollow('"B c"');
  assert.equal(alice.follow('"d e"'), 'followed');
  const begun = alice.begin(['"a b"', '"a b c"', '"x y"', '"A b"', 'pie', '"d e"']);
  assert.deepEqual([begun.left, begun.followed], [['"d e"'], ['"a b c"', '"x y"', 'pie']]);
  assert.equal(alice.follow('"p q"'), 'too-many-phrases');
});

test('a phrase is asked for while somebody follows it, and no longer', () => {
  const town = new Town();
  const [alice, bob] = [town.follows('alice'), town.follows('bob')];
  const among = (): string[] => town.index.phrasesAmong(['apple', 'pie', 'x', 'apple']);
  for (const follows of [alice, bob]) follows.begin(['"apple pie"', '"pie apple x"', '"pie none"']);
  assert.deepEqual(among().sort(), ['"apple pie"', '"pie apple x"']);
  alice.unfollow('"apple pie"');
  assert.deepEqual(among().length, 2);
  bob.leave();
  assert.deepEqual(among(), ['"pie apple x"']);
  alice.leave();
  assert.deepEqual(among(), []);
});

test('messages after a user left are in none of their spans', () => {
  const town = new Town();
  const alice = town.follows('alice');
  alice.begin(['apple']);
  town.say('bob', text('an apple'));
  alice.leave();
  for (const { key, after, through } of alice.spans()) assert.deepEqual([key, after, through], [key, 0, 1]);
});

test('nobody gets what is for a user who has left', () => {
  const town = new Town();
  const alice = town.follows('alice');
  alice.begin(['apple', '"apple pie"']);
  const keys = [...alice.spans().map(({ key }) => key), privateTo('alice'), privateFrom('alice')];
  alice.leave();
  town.follows('bob');
  assert.deepEqual(town.index.holders([...new Set(keys)].filter((key) => key !== '@all')).followers, []);
  assert.deepEqual(alice.matched(new Set(keys), town.position + 1), []);
});
