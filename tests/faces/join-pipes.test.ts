import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { hastily } from '../support/hastily.ts';
import { testServer } from '../support/server.ts';
import { startScripted } from '../support/stand-in-faults.ts';
import { startStandIn } from '../support/stand-in-server.ts';
import { WireClient } from '../support/wire-client.ts';
import { endJoiners, Joiner, until } from './joiner.ts';

type StandIn = Awaited<ReturnType<typeof startStandIn>>;

describe('earshot join through pipes', () => {
  afterEach(endJoiners);
  let server: StandIn;
  before(async () => {
    server = await startStandIn();
  });
  after(() => server.close());

  it('registers, and follows terms one at a time', async () => {
    const joiner = new Joiner(['reg', server.address, '--follow', 'apple, pie']);
    joiner.end();
    assert.equal(await joiner.exit(), 0);
    const begin = server.lines.indexOf('REGISTER reg CHAT/1.0');
    assert.deepEqual(server.lines.slice(begin, begin + 4), [
      'REGISTER reg CHAT/1.0',
      '@reg: !follow apple',
      '@reg: !follow pie',
      'DISCONNECT reg CHAT/1.0',
    ]);
  });

  it('sends lines byte for byte except empty ones, and leaves at the end of input', async () => {
    const joiner = new Joiner(['bytes', server.address]);
    joiner.end(Buffer.from('one\n\n \nnot UTF-8: \xff\xe9\n\ttab  \n!list\nno line end', 'latin1'));
    assert.equal(await joiner.exit(), 0);
    assert.deepEqual(linesOf('bytes'), ['one', 'not UTF-8: \xff\xe9', '\ttab  ', '!list', 'no line end']);
    assert.equal(joiner.output, 'bytes\n');
    assert.equal(joiner.errors, '');
  });

  it('sends many lines without losing one', async () => {
    const texts = Array.from({ length: 5_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 100)}`);
    const joiner = new Joiner(['many', server.address, '--rate', '0']);
    joiner.end(texts.join('\n'));
    assert.equal(await joiner.exit(), 0);
    assert.deepEqual(linesOf('many'), texts);
  });

  it('keeps below the rate limit of a server, and loses nothing', async (context) => {
    const limited = await testServer(context, { messageRate: 100 });
    const reader = await WireClient.register(context, limited, 'reader');
    const texts = Array.from({ length: 120 }, (_, i) => `@reader ${i}`);
    const joiner = new Joiner(['sender', `chat://127.0.0.1:${limited.port}`, '--rate', '90']);
    joiner.end(texts.join('\n'));
    assert.equal(await joiner.exit(), 0);
    assert.equal(joiner.output, '');
    assert.deepEqual(
      await reader.lines(120),
      texts.map((text) => `@sender: ${text}`),
    );
  });

  it('refuses a text that is too long, sends the others, and exits with 1', async () => {
    const joiner = new Joiner(['long', server.address]);
    joiner.end(`${'x'.repeat(65_536)}\n${'x'.repeat(1_000_000)}\n${'é'.repeat(65_535)}\nlast\n`);
    assert.equal(await joiner.exit(), 1);
    assert.deepEqual(
      linesOf('long').map((line) => line.length),
      [131_070, 4],
    );
    assert.deepEqual(joiner.errors.split('\n'), [
      'Line 1 was not sent: it has more than 65,535 characters',
      'Line 2 was not sent: it has more than 262140 bytes',
      '',
    ]);
  });

  it('writes no control codes and no prompt', async () => {
    const joiner = new Joiner(['codes', server.address], {
      env: { TERM: 'xterm-256color', FORCE_COLOR: '3' },
    });
    await until('registration', () => server.clients.has('codes'));
    server.clients.get('codes')?.socket.write('@bob: hi \x1b[31m\nError:  no\n');
    await joiner.waitFor('the refusal', ({ errors }) => errors.includes('no\n'));
    joiner.end();
    assert.equal(await joiner.exit(), 1, 'a command was refused');
    assert.equal(joiner.output, '@bob: hi \\u{1b}[31m\n');
    assert.equal(joiner.errors, 'Error:  no\n');
  });

  it('reports a line that is not UTF-8 without showing it, and stays', async () => {
    const joiner = new Joiner(['badutf', server.address]);
    await until('registration', () => server.clients.has('badutf'));
    server.clients.get('badutf')?.socket.write(Buffer.from('@bob: \xff\n@bob: after\n', 'latin1'));
    await joiner.waitFor('the next message', ({ output }) => output.includes('after'));
    assert.equal(joiner.output, '@bob: after\n');
    assert.match(joiner.errors, /not UTF-8/);
    joiner.end();
    assert.equal(await joiner.exit(), 0);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`sends DISCONNECT at ${signal}`, async () => {
      const joiner = new Joiner([signal, server.address]);
      await until('registration', () => server.clients.has(signal));
      joiner.write('hello\n');
      await until('the line', () => server.lines.includes(`@${signal}: hello`));
      joiner.signal(signal);
      assert.equal(await joiner.exit(), 0);
      assert.ok(server.lines.includes(`DISCONNECT ${signal} CHAT/1.0`));
      assert.equal(joiner.errors, '');
    });
  }

  it('leaves when its output is closed', async () => {
    const joiner = new Joiner(['epipe', server.address]);
    await until('registration', () => server.clients.has('epipe'));
    joiner.stopReading();
    server.clients.get('epipe')?.socket.write('@bob: hi\n');
    assert.equal(await joiner.exit(), 0);
    assert.equal(joiner.errors, '');
  });

  it('ends with the server, even while its input stays open', async () => {
    const joiner = new Joiner(['shutdown', server.address]);
    await until('registration', () => server.clients.has('shutdown'));
    server.clients.get('shutdown')?.socket.end('DISCONNECT CHAT/1.0\n');
    assert.equal(await joiner.exit(), 0);
    assert.equal(joiner.output, 'The server has closed the chat.\n');
  });

  it('leaves with DISCONNECT, whether or not the server knows !exit', async (t) => {
    const got: string[] = [];
    const silent = await startScripted((socket) => {
      socket.on('data', (chunk) => got.push(chunk.toString())).write('200 Registration successful\n');
      socket.on('end', () => socket.end());
    });
    t.after(() => silent.close());
    for (const input of ['hello\n', 'hello\n!exit\n']) {
      const joiner = new Joiner(['noexit', silent.address], { env: hastily });
      joiner.end(input);
      assert.equal(await joiner.exit(), 0);
      assert.match(got.join(''), /@noexit: hello\nDISCONNECT noexit CHAT\/1\.0\n$/);
    }
  });

  it('sends nothing to a stranger that only an earshot server keeps private', async () => {
    const joiner = new Joiner(['careful', server.address]);
    const lines = [
      '!msg bob secret',
      ' !MSG bob secret',
      '!msg bob \xff',
      '!history 5',
      '!password',
      '!fetch 1',
      '!help',
    ];
    joiner.end(Buffer.from(`${lines.join('\n')}\nhello\n`, 'latin1'));
    assert.equal(await joiner.exit(), 1, 'not everything was sent');
    assert.deepEqual(linesOf('careful'), ['hello']);
    assert.match(
      joiner.errors,
      /^Error: {2}!msg needs a server that speaks CHAT\/1\.1; this one would send the line to everybody\n/,
    );
    assert.match(joiner.output, /It may know: !list !follow\? !follow !unfollow !attach !exit\n$/);
  });

  function linesOf(name: string): string[] {
    const mark = `@${name}: `;
    return server.lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  }
});
