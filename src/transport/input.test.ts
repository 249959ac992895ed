import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { freeBytes, Input } from './input.ts';

/** A connection that only records the calls. */
class RecordedConnection {
  readonly calls: string[] = [];

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (view: Uint8Array | undefined): string | undefined =>
  view === undefined ? undefined : Buffer.from(view).toString();

function createInput(): { input: Input; calls: readonly string[] } {
  const connection = new RecordedConnection();
  return { input: new Input(connection), calls: connection.calls };
}

describe('Input', () => {
  it('returns what has arrived: lines, bytes, a look at the rest', () => {
    const { input } = createInput();
    input.push(bytes('one\r\ntwo\nraw rest'));
    assert.equal(input.length, 17);
    assert.equal(text(input.takeLine()), 'one');
    assert.equal(text(input.takeLine()), 'two');
    assert.equal(input.takeLine(), undefined);
    assert.equal(text(input.takeBytes(4)), 'raw ');
    assert.equal(text(input.peek()), 'rest');
    assert.equal(input.length, 4);
    assert.equal(input.ended, false);
  });

  it('wakes the waiter with true when bytes come', async () => {
    const { input } = createInput();
    const more = input.more();
    input.push(bytes('a'));
    assert.equal(await more, true);
    assert.equal(text(input.takeBytes(10)), 'a');
  });

  it('gives what is left as the last line when the peer has ended the stream, and wakes its waiter for it', async () => {
    const { input } = createInput();
    input.push(bytes('half a li'));
    const more = input.more();
    assert.equal(input.takeLastLine(), undefined);
    input.finish();
    assert.equal(await more, true);
    assert.equal(text(input.takeLastLine()), 'half a li');
    assert.equal(input.takeLastLine(), undefined);
    assert.equal(await input.more(), false);
  });

  it('wakes its waiter when told to look, though nothing came', async () => {
    const { input } = createInput();
    input.push(bytes('half'));
    input.nudge();
    const more = input.more();
    input.nudge();
    assert.equal(await more, true);
    assert.equal(input.length, 4);
  });

  it('gives no last line when the reader was told to stop before the stream ended', async () => {
    const { input } = createInput();
    input.push(bytes('half a li'));
    input.end();
    input.finish();
    assert.equal(input.takeLastLine(), undefined);
  });

  it('waits for new bytes, not for those that have arrived', async () => {
    const { input } = createInput();
    input.push(bytes('half a li'));
    assert.equal(input.takeLine(), undefined);
    let woken = false;
    const more = input.more().then((came) => {
      woken = true;
      return came;
    });
    await Promise.resolve();
    assert.equal(woken, false);
    input.push(bytes('ne\n'));
    assert.equal(await more, true);
    assert.equal(text(input.takeLine()), 'half a line');
  });

  it('keeps every byte that arrives between the wake-up and the take', async () => {
    const { input } = createInput();
    const more = input.more();
    input.push(bytes('a'));
    input.push(bytes('b'));
    assert.equal(await more, true);
    assert.equal(text(input.takeBytes(10)), 'ab');
  });

  it('pauses its connection once when bytes come and nobody waits, and resumes it on `more`', async () => {
    const { input, calls } = createInput();
    input.push(bytes('12345'));
    input.push(bytes('6'));
    assert.deepEqual(calls, ['pause']);
    assert.equal(text(input.takeBytes(10)), '123456');
    assert.deepEqual(calls, ['pause'], 'taking is not asking for more');
    const more = input.more();
    assert.deepEqual(calls, ['pause', 'resume']);
    input.push(bytes('7'));
    assert.equal(await more, true);
    input.push(bytes('89abc'));
    assert.deepEqual(calls, ['pause', 'resume', 'pause']);
  });

  it('leaves its connection running while somebody waits', async () => {
    const { input, calls } = createInput();
    const more = input.more();
    input.push(bytes('however much it is'));
    assert.equal(await more, true);
    assert.deepEqual(calls, []);
  });

  it('wakes the waiter with false at the end, and answers false from then on', async () => {
    const { input } = createInput();
    const more = input.more();
    input.end();
    assert.equal(await more, false);
    assert.equal(input.ended, true);
    assert.equal(await input.more(), false);
    input.end();
    assert.equal(await input.more(), false);
  });

  it('still returns the bytes that arrived before the end, and none that arrive after it', async () => {
    const { input } = createInput();
    input.push(bytes('line\nrest'));
    input.end();
    input.push(bytes('late'));
    assert.equal(text(input.takeLine()), 'line');
    assert.equal(await input.more(), false);
    assert.equal(text(input.takeBytes(100)), 'rest');
    assert.equal(input.length, 0);
  });

  it('does not touch a paused connection after the end', async () => {
    const { input, calls } = createInput();
    input.push(bytes('abc'));
    input.end();
    assert.equal(await input.more(), false);
    assert.deepEqual(calls, ['pause']);
  });

  it('lets a reader take every line of any chunks, and holds no more than a line and two pieces', async () => {
    const line = fc.stringMatching(/^[a-z]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 30 }), async (lines, size) => {
        const { input, calls } = createInput();
        const whole = bytes(lines.map((one) => `${one}\n`).join(''));
        const reading = (async () => {
          const taken = [];
          do {
            for (let one = input.takeLine(); one !== undefined; one = input.takeLine()) taken.push(text(one));
          } while (await input.more());
          for (let one = input.takeLine(); one !== undefined; one = input.takeLine()) taken.push(text(one));
          return taken;
        })();
        for (let at = 0; at < whole.length; at += size) {
          while (calls.at(-1) === 'pause') await Promise.resolve();
          input.push(whole.subarray(at, at + size));
          assert.ok(input.length <= 2 * size + 21);
        }
        input.end();
        assert.deepEqual(await reading, lines);
      }),
    );
  });

  it('frees a piece that has its memory for itself, and no other', () => {
    const [alone, shared] = [new Uint8Array(8), new Uint8Array(8).subarray(4)];
    freeBytes(alone);
    freeBytes(shared);
    assert.equal(alone.length, 0);
    assert.equal(shared.length, 4);
  });
});
