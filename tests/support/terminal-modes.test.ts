import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedModes } from './terminal-modes.ts';

test('names what was changed in a terminal, and not what was changed back', () => {
  for (const [raw, changed] of [
    ['plain\r\n\x1b[2J\x1b[3A', []],
    ['\x1b[?2004h\x1b[?1004h\x1b[?2004l', ['?1004h']],
    ['\x1b[?7l', ['?7l']],
    ['\x1b[?7lx\x1b[?7h\x1b[?25l', ['?25l']],
    ['\x1b[?25h\x1b[?1049h', ['?1049h']],
    ['\x1b[22;2t\x1b]2;x\x1b\\\x1b[23;2t', []],
    ['\x1b[22;2t', ['the stack of titles']],
    ['\x1b]2;x\x07', ['the title']],
    ['\x1b[>1u', ['the keyboard']],
    ['\x1b[>1u\x1b[<u\x1b[>4;2m', ['the keys']],
    ['\x1b[1;31mx\x1b[22m', ['colour']],
    ['\x1b[1;4mx\x1b[22;24m\x1b[92my\x1b[39m', []],
    ['\x1b]8;id=1;http://a/\x1b\\x', ['a link']],
    ['\x1b]8;id=1;http://a/\x1b\\x\x1b]8;;\x1b\\', []],
    ['\x1b(0\x1b[1;5r', ['ESC (', 'the scroll region']],
    ['\x1b(0\x1b=\x1b(B\x1b>', []],
  ] as const) {
    assert.deepEqual(changedModes(raw), changed, JSON.stringify(raw));
  }
});
