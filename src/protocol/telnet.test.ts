import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripTelnet, TelnetAnswers } from './telnet.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test("a line without telnet's commands", () => {
  for (const [line, rest] of [
    ['68 69', 'hi'],
    ['fffb1f 68 fffd01 69', 'hi'],
    ['68 fff4 69', 'hi'],
    ['fffa1f00500018fff0 68 69', 'hi'],
    ['fffa18ffff00fff0 68 69', 'hi'],
    // Ctrl-C as Linux sends it, with and without the urgent byte.
    ['fff4fffd06 68 69', 'hi'],
    ['fff4fffffd06 68 69', 'hi'],
    ['fff4fff2 68 69', 'hi'],
    // Byte 255 alone where urgent data leaves it, and twice.
    ['ff 68 69', 'hi'],
    ['fff4ff 68 69', 'hi'],
    ['68 fff4ff 69 fff4ff', 'hi'],
    ['68 ffff 69', 'hi'],
    // Commands that are not complete.
    ['68 69 fffb', 'hi'],
    ['68 69 fffa1f0050', 'hi'],
    ['fff0 68 69', 'hi'],
    ['', ''],
    ['c3a9', 'é'],
  ] as const) {
    assert.equal(Buffer.from(stripTelnet(bytes(line))).toString(), rest, line);
  }
});

test('a byte 255 in the middle of a text stays', () => {
  for (const line of ['68ff69', '68ff', 'fff468ff', 'fff468ffe9'])
    assert.ok(stripTelnet(bytes(line)).includes(255), line);
});

/** The answers to pieces of one line. */
function answersTo(pieces: readonly string[]): string[] {
  const telnet = new TelnetAnswers();
  let line = new Uint8Array();
  return pieces.map((piece) => {
    line = Uint8Array.from([...line, ...bytes(piece)]);
    return Buffer.from(telnet.answer(line) ?? []).toString('hex');
  });
}

test('each option is refused once, however the commands are cut', () => {
  assert.deepEqual(answersTo(['fffb1f fffd01 fffb1f']), ['fffe1ffffc01']);
  assert.deepEqual(answersTo(['ff', 'fb', '1f', 'ff', 'fb1f', 'fffd1f']), [
    '',
    '',
    'fffe1f',
    '',
    '',
    'fffc1f',
  ]);
  assert.deepEqual(answersTo(['fffc01 fffe01 fff4 fff6 ff 68']), [''], 'nothing else is answered');
  const every = Array.from({ length: 255 }, (_, option) => Buffer.of(255, 251, option).toString('hex')).join(
    '',
  );
  const [first = '', second] = answersTo([every, every]);
  assert.equal(first.length, every.length);
  assert.equal(second, '');
});

test('the timing mark is answered each time, for all that came at once in one answer', () => {
  assert.deepEqual(answersTo(['fff4fffd06', 'fff4fffffd06', '68', 'fffd06fffd06']), [
    'fffc06',
    'fffc06',
    '',
    'fffc06',
  ]);
});

test('the next line is searched from its start', () => {
  const telnet = new TelnetAnswers();
  assert.equal(telnet.answer(bytes('68696869')), undefined);
  telnet.endLine();
  assert.deepEqual(telnet.answer(bytes('fffb01')), Uint8Array.of(255, 254, 1));
});
