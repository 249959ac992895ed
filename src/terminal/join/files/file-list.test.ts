import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatAttachment } from '../../../client/client.ts';
import { FileList, fileLines } from './file-list.ts';

const noon = new Date(2026, 10, 28, 12, 0).getTime();
const day = 24 * 60 * 60 * 1000;

const attachment = (id: string, name: string, timeMs = noon): ChatAttachment => ({
  kind: 'attachment',
  id,
  name,
  bytes: 1000,
  sha256: '',
  position: 1,
  from: 'bob',
  to: undefined,
  timeMs,
  matched: [],
  isReplay: false,
  isOwn: false,
});

test('drops the oldest file, but none that is being transferred', () => {
  const list = new FileList(3);
  const numbers = () => list.filter(() => true).map(({ number }) => number);
  const first = list.announce(attachment('a', 'a'));
  first.transfer = new AbortController();
  for (const id of ['b', 'c', 'd']) list.announce(attachment(id, id));
  assert.deepEqual(numbers(), [1, 3, 4]);
  for (const file of list.filter(() => true)) file.transfer = new AbortController();
  list.announce(attachment('e', 'e'));
  assert.deepEqual(numbers(), [1, 3, 4, 5]);
  assert.equal(list.announce(attachment('e', 'e')).number, 5, 'announced twice');
});

test('finds a file by its number, or else the newest of its name', () => {
  const list = new FileList();
  for (const [id, name] of ['x', 'x', '1', '9'].entries()) list.announce(attachment(String(id), name));
  const found = (wanted: string) => list.find(wanted, () => true)?.number;
  assert.deepEqual(['1', 'x', '9', '5', '01', 'y'].map(found), [1, 2, 4, undefined, undefined, undefined]);
  assert.equal(list.find('x', ({ number }) => number === 1)?.number, 1);
});

test('shows a line for each, whose name is last', () => {
  const list = new FileList();
  list.announce(attachment('a', 'old.txt', noon - day));
  list.announce(attachment('b', 'b.txt')).state = { kind: 'saving', doneBytes: 400 };
  list.announce(attachment('c', '1  12:00  saved  @eve')).state = { kind: 'failed' };
  list.announce(attachment('d', 'd')).state = { kind: 'saved', path: '~/d (1)' };
  list.send('mine.txt', noon);
  assert.deepEqual(
    fileLines(
      list.filter(() => true),
      noon + 60_000,
    ),
    [
      '1  2026-11-27 12:00  offered     1000 bytes  @bob  old.txt',
      '2  12:00             saving 40%  1000 bytes  @bob  b.txt',
      '3  12:00             not saved   1000 bytes  @bob  1  12:00  saved  @eve',
      '4  12:00             saved       1000 bytes  @bob  ~/d (1)',
      '5  12:00             waiting                 you   mine.txt',
    ],
  );
  assert.deepEqual(fileLines([], noon), []);
});
