import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Pty, type PtyOptions, ptyMissing, quoted } from '../support/pty.ts';

const program = new URL('../support/prompt-program.ts', import.meta.url).pathname;

describe('the prompt screen', { skip: ptyMissing }, () => {
  it('draws lines that arrive together in one write', async (context) => {
    const pty = await atPrompt(context);
    pty.type('burst 50\rhalf');
    await pty.waitForLast(['burst 48', 'burst 49', '> half']);
    const drawn = pty.raw.split('burst 0')[1] ?? '';
    assert.equal(drawn.split('burst 49')[0]?.includes('>'), false);
  });

  it('shows what is pending between the lines and the prompt, and takes it away again', async (context) => {
    const pty = await atPrompt(context);
    pty.type('pending 7\rhalf');
    const rows = [0, 1, 2, 3, 4].map((index) => `pending ${index}`);
    await pty.waitForLast(['> pending 7', ...rows, 'and 2 more', '> half']);
    assert.match(pty.raw, /\x1b\[2mpending 0\x1b\[22m/);
    pty.type('\x15burst 1\rpending 0\r');
    await pty.waitForLast(['> pending 7', '> burst 1', 'burst 0', '> pending 0', '>']);
  });

  it('calls its user by bell, title and notice, and gives the title back', async (context) => {
    const pty = await atPrompt(context);
    pty.type('bell\r');
    await pty.waitFor('the bell', ({ raw }) => raw.includes('\x07'));
    pty.type('title one\rtitle two\rnotice hi @you\r');
    await pty.waitFor('the notice', ({ raw }) => raw.includes('\x1b]9;hi @you\x1b\\'));
    pty.type('\x04');
    assert.equal(await pty.exit(), 0);
    const titles = [...pty.raw.matchAll(/\x1b\[2[23];2t|\x1b\]2;[^\x1b]*\x1b\\/g)].map(([found]) => found);
    assert.deepEqual(titles, ['\x1b[22;2t', '\x1b]2;one\x1b\\', '\x1b]2;two\x1b\\', '\x1b[23;2t']);
  });

  it('knows whether its window has the focus, and no report of that gets into the draft', async (context) => {
    const pty = await atPrompt(context);
    for (const [report, known] of [
      ['', 'undefined'],
      ['\x1b[I', 'true'],
      ['\x1b[O', 'false'],
    ] as const) {
      pty.type(`fo${report}cus\r`);
      await pty.waitForLast(['> focus', `focused: ${known}`, '>']);
    }
    pty.type('\x04');
    assert.equal(await pty.exit(), 0);
    const modes = [...pty.raw.matchAll(/\x1b\[\?(?:1004|2004)[hl]/g)].map(([found]) => found);
    assert.deepEqual(modes, ['\x1b[?1004h', '\x1b[?1004l']);
  });

  it('hears Enter on an empty line, which leaves no row', async (context) => {
    const pty = await atPrompt(context);
    pty.type('\r\r');
    await pty.waitForLast(['got nothing', 'got nothing', '>']);
  });

  it('shows nothing of a secret, wherever the cursor goes', async (context) => {
    const pty = await atPrompt(context);
    pty.type('hide\r');
    await pty.waitFor('the question', ({ rows }) => rows.at(-1) === 'Secret:');
    pty.type('sXret\x1b[D\x1b[D\x1b[D\x7fec\r');
    await pty.waitForLast(['Secret:', 'got "secret"', '>']);
    pty.type('\x1b[A');
    await pty.waitForLast(['got "secret"', '> hide']);
  });

  it('keeps the draft whole while lines arrive and the size changes', async (context) => {
    const pty = new Pty(`tty; exec ${quoted(process.execPath)} ${quoted(program)}`, {
      columns: 60,
      rows: 20,
      // The emulator of these tests is that of vscode.
      env: { TERM_PROGRAM: 'vscode', TMUX: '' },
    });
    context.after(() => pty.close());
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    const device = pty.rows[0] ?? '';
    pty.type('pid\ra draft of thirty characters ab');
    await pty.waitFor('the draft', ({ rows }) => rows.at(-1) === '> a draft of thirty characters ab');
    const pid = Number(/pid (\d+)/.exec(pty.raw)?.[1]);
    const signals = (): string[] => pty.rows.filter((row) => row.startsWith('signal'));
    const sizes = [
      [40, 20],
      [80, 24],
      [24, 10],
      [200, 50],
      [33, 12],
    ] as const;
    for (const [index, [columns, rows]] of sizes.entries()) {
      const before = pty.raw.length;
      pty.resize(columns, rows, device);
      await pty.waitFor('another drawing', ({ raw }) => raw.length > before);
      process.kill(pid, 'SIGUSR2');
      await pty.waitFor('a line', () => signals().length > index);
    }
    assert.deepEqual(signals(), ['signal 1', 'signal 2', 'signal 3', 'signal 4', 'signal 5']);
    assert.equal(pty.rows.filter((row) => row.startsWith('> a draft')).length, 1, pty.rows.join('\n'));
    pty.type('c\r');
    await pty.waitFor('the line', (now) => joined(now).includes('got"adraftofthirtycharactersabc"'));
  });

  it('draws anew, and reads keys again, when it goes on after a stop', async (context) => {
    const pty = await atPrompt(context);
    pty.type('pid\rhalf');
    await pty.waitFor('the draft', ({ rows }) => rows.at(-1) === '> half');
    const pid = Number(/pid (\d+)/.exec(pty.raw)?.[1]);
    const before = pty.raw.length;
    // Not stopped first: `script` would stop itself, too, and with it whoever waits for the two.
    process.kill(pid, 'SIGCONT');
    await pty.waitFor('another drawing', ({ raw }) => raw.slice(before).includes('> half'));
    const again = pty.raw.slice(before);
    assert.ok(again.indexOf('\x1b[?1004h') < again.indexOf('> half'));
    // What stands there may be somebody else's.
    assert.doesNotMatch(again, /\x1b\[\d*[AJ]/);
    await pty.waitForLast(['> half', '> half']);
    pty.type(' more\r');
    await pty.waitForLast(['got "half more"', '>']);
  });

  it('clears the screen at Ctrl-L, and keeps the draft', async (context) => {
    const pty = await atPrompt(context);
    pty.type('burst 3\rhalf');
    await pty.waitForLast(['burst 2', '> half']);
    pty.type('\x0c');
    await pty.waitFor('the top', ({ cursor }) => cursor.y === 0 && cursor.x === 6);
    assert.deepEqual(pty.rows, ['> half']);
  });

  it('works on a terminal of three rows and three columns', async (context) => {
    const pty = await atPrompt(context, { columns: 3, rows: 3 });
    pty.type('abcdefghij');
    await pty.waitFor('the draft', ({ rows, cursor }) => rows[cursor.y - 1] === 'hij' && cursor.x === 0);
    pty.type('\r');
    await pty.waitFor('the line', (now) => joined(now).includes('got"abcdefghij"'));
  });
});

async function atPrompt(context: TestContext, options: PtyOptions = {}): Promise<Pty> {
  const pty = new Pty(`exec ${quoted(process.execPath)} ${quoted(program)}`, options);
  context.after(() => pty.close());
  await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
  return pty;
}

/** What is on the screen, however it is wrapped. */
function joined({ rows }: Pty): string {
  return rows.join('').replaceAll(' ', '');
}
