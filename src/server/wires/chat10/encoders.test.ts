import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../messages/entry.ts';
import { verbsEncoder } from '../verbs/encoder.ts';
import { chat10Encoders } from './encoders.ts';

const file = { id: 'ab'.repeat(16), name: 'note.txt', bytes: 18, sha256: '0f'.repeat(32) };
const encoders = chat10Encoders('ascii');

function shown(message: Message): { lines: string; files: string; verbs: string; history: string } {
  const entry = { position: 7, timeMs: 0, sender: 'alice', message };
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  return {
    lines: text(encoders.linesOnly.encode(entry)().bytes),
    files: text(encoders.withFiles.encode(entry)().bytes),
    verbs: text(verbsEncoder.encode(entry)().bytes),
    history: encoders.historyLine(entry, 'alice'),
  };
}

test('a broadcast looks like a text', () => {
  const text = 'apples for everybody';
  assert.deepEqual(shown({ kind: 'broadcast', text }), shown({ kind: 'text', text }));
});

test('a file for one person looks like any other, and its bytes come with it', () => {
  const toBob: Message = { kind: 'attachment', terms: [], to: 'bob', file };
  assert.deepEqual(shown(toBob), shown({ kind: 'attachment', terms: ['apple'], file }));
  const frame = encoders.withFiles.encode({ position: 7, timeMs: 0, sender: 'alice', message: toBob })();
  assert.ok('file' in frame);
  assert.equal(frame.file, file);
});
