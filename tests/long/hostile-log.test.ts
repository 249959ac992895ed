import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { earshot } from '../faces/joiner.ts';
import { texts } from '../support/hostile-server.ts';
import { harmIn } from '../support/hostile-texts.ts';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

for (const columns of [40, 80]) {
  test(
    `strangers neither harm a server's terminal of ${columns} columns nor make lines of its log`,
    {
      skip: ptyMissing,
    },
    async (context) => {
      const data = await temporaryFolder(context);
      const words = [process.execPath, earshot, 'serve', '--data', data, '--log-level', 'debug'];
      const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, { columns });
      context.after(() => pty.close());
      await pty.waitFor('the address', ({ rows }) => rows.some((row) => row.startsWith('  Stop:')));
      const port = Number(/Address: +chat:\/\/127\.0\.0\.1:(\d+)/.exec(pty.rows.join(''))?.[1]);
      const begin = pty.rows.length;
      const forged = `${' '.repeat(columns - 30)}14:03:05 INFO  logged in user=root`;
      for (const text of [...texts, forged, `${'x'.repeat(columns)}${forged}`]) {
        const line = text.replaceAll('\n', '\r');
        for (const first of [line, `REGISTER ${line} CHAT/1.0`, `login ${line}`]) {
          const socket = connect(port, '127.0.0.1').on('error', () => {});
          await once(socket, 'connect');
          // More than a first line may have, so that the server ends each connection, and logs it.
          socket.end(`${first}\n${line}\n`);
          await once(socket.resume(), 'close');
        }
      }
      pty.type('\x03');
      assert.equal(await pty.exit(), 0);
      // Ctrl-C is echoed as ^C.
      const rows = pty.rows.slice(begin).map((row) => row.replace('^C', ''));
      assert.ok(rows.filter((row) => row.includes('first line refused')).length > 10, rows.join('\n'));
      assert.equal(harmIn(pty.raw), undefined);
      for (const row of rows)
        assert.match(row, /^(?:\d\d:\d\d:\d\d (?:INFO|WARN|DEBUG) |\[INFO\] Waiting| {2}|$)/);
      for (const row of rows) assert.doesNotMatch(row, /^\d\d:\d\d:\d\d INFO {2}logged in user=root/);
    },
  );
}
