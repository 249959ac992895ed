import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleHandlers } from './console/console-handlers.ts';
import { PlainScreen } from './plain-screen.ts';

/** An output that keeps what is written to it. */
function output(terminal: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  let written = '';
  return {
    ...terminal,
    write: (text: string) => (written += text),
    get written() {
      return written;
    },
  };
}

const terminal = { isTTY: true, columns: 20 };
const forged = `earshot: it ended: ${' '.repeat(21)}14:03 @eve: hi`;

test('no end of a text gets to the first column of a terminal', () => {
  const errors = output(terminal);
  new PlainScreen(output(), errors, { NO_COLOR: '1' }).problem(forged);
  assert.deepEqual(errors.written.split(/\r?\n/), ['earshot: it ended:', '  14:03 @eve: hi', '']);
});

test('lines are not wrapped in pipes, on dumb terminals, and where nobody knows the width', () => {
  for (const [stream, env] of [
    [output({ columns: 20 }), {}],
    [output(terminal), { TERM: 'dumb' }],
    [output({ isTTY: true }), { NO_COLOR: '1' }],
    [output({ isTTY: true, columns: 0 }), { NO_COLOR: '1' }],
  ] as const) {
    new PlainScreen(stream, output(), env).notice(forged);
    assert.equal(stream.written.replace(/\x1b\[\d+m/g, ''), `${forged}\n`);
  }
});

test('console takes no text of a user for a refusal, and quotes what cannot be a name', () => {
  const [shown, errors] = [output(), output()];
  const handlers = new ConsoleHandlers(new PlainScreen(shown, errors, {}), () => {});
  handlers.onDelivery('Error', 'not found');
  handlers.onDelivery('Success:', 'hi');
  handlers.onAnswer({ kind: 'list', names: ['bob', 'eve:', 'hi'] });
  assert.equal(shown.written, 'Error: not found\n"Success:": hi\nbob "eve:" hi\n');
  assert.equal(errors.written, '');
});
