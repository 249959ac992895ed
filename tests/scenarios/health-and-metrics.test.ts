import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

interface Answered {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function ask(
  port: number,
  target: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: target, method, headers, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
      },
    );
    asked.on('error', reject).end();
  });
}

/** Sends `bytes`, and resolves with everything that comes until the server ends the connection. */
function exchange(port: number, bytes: string, isEnded = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => {}).on('end', () => socket.end());
    socket.on('close', () => resolve(text));
    if (isEnded) socket.end(bytes);
    else socket.write(bytes);
  });
}

const figure = (page: string, series: string): number =>
  Number(
    page
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1) ?? Number.NaN,
  );

describe('HTTP on the port of the chat', () => {
  test('health is ready, for GET and HEAD, with strict headers, one request a connection', async (context) => {
    const { port } = await testServer(context);
    const ready = await ask(port, '/health?x=1');
    assert.deepEqual([ready.status, ready.body], [200, 'ready\n']);
    assert.equal(ready.headers.connection, 'close');
    assert.equal(ready.headers['cache-control'], 'no-store');
    assert.equal(ready.headers['x-content-type-options'], 'nosniff');
    assert.match(String(ready.headers['content-security-policy']), /default-src 'none'/);
    const head = await ask(port, '/health', { method: 'HEAD' });
    assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '6']);
    // Two requests at once: the second gets no answer.
    const both = await exchange(port, 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2));
    assert.equal(both.match(/HTTP\/1\.1 200 OK/g)?.length, 1);
    // As `nc -N` does: the client's side ends before the answer.
    assert.match(
      await exchange(port, 'GET /health HTTP/1.0\r\n\r\n', true),
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nready\n$/,
    );
  });

  test('other paths, methods and bytes get a plain sentence, and the chat goes on', async (context) => {
    const server = await testServer(context);
    const { port } = server;
    for (const target of ['/', '/healthz', '/metrics/', '/../health', '/%68ealth', '//health']) {
      const answered = await ask(port, target);
      assert.equal(answered.status, 404, target);
      assert.match(answered.body, /^There is nothing here\./);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']) {
      const answered = await ask(port, '/health', { method });
      assert.deepEqual([answered.status, answered.headers.allow], [405, 'GET, HEAD'], method);
    }
    assert.match(await exchange(port, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'), /^HTTP\/1\.1 405 /);
    assert.match(
      await exchange(port, 'GET /health HTTP/1.1\r\nno field\r\n\r\n'),
      /^HTTP\/1\.1 400 [\s\S]*not a request/,
    );
    assert.match(await exchange(port, 'GET /health HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(await exchange(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(
      await exchange(port, `GET /health HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`),
      /^HTTP\/1\.1 400 /,
    );
    // A page cannot make a browser chat: the body of its request is nothing to anybody.
    const posted = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\nREGISTER mallory CHAT/1.0\n';
    assert.match(await exchange(port, posted), /^HTTP\/1\.1 405 /);
    const alice = await WireClient.register(context, server, 'alice');
    alice.send('!list\n');
    assert.doesNotMatch(await alice.line(), /mallory/);
  });

  test('a request that is not whole after ten seconds is given up', async (context) => {
    const clock = new FakeClock();
    const server = await testServer(context, { clock });
    const slow = await WireClient.connect(context, server);
    slow.send('GET /health HTTP/1.1\r\nHost: a\r\n');
    const isRead = async () =>
      (await ask(server.port, '/metrics')).body.includes('earshot_connections{protocol="http"} 2\n');
    while (!(await isRead()));
    clock.advance(10_000);
    assert.equal(await slow.rest(), '');
  });

  test('a request that does not go on is given up, and counts as a stranger meanwhile', async (context) => {
    const server = await testServer(context, { limits: { unregisteredConnections: 2, limitLoopback: 1 } });
    const first = exchange(server.port, 'GET /health HTTP/1.1\r\nHost: a\r\n');
    const second = exchange(server.port, 'GET /health HTTP/1.1\r\nHost: a\r\n');
    assert.equal(await exchange(server.port, 'GET /health HTTP/1.1\r\nHost: a\r\n', true), '');
    assert.equal(await first, '');
    const third = exchange(server.port, 'GET /health HTTP/1.1\r\nHost: a\r\n');
    await server.close();
    assert.deepEqual([await second, await third], ['', '']);
  });
});

describe('metrics', () => {
  test('count connections, logins, messages, files and time', async (context) => {
    const server = await testServer(context, { accounts: { carol: 'secret password' } });
    const alice = await WireClient.register(context, server, 'alice');
    const bob = await WireClient.register(context, server, 'bob');
    alice.send('!follow apple\n');
    await alice.line();
    bob.send('an apple a day\n');
    assert.match(await alice.line(), /apple/);
    assert.match(await exchange(server.port, 'REGISTER carol CHAT/1.0\n\n'), /^40/);
    assert.match(await exchange(server.port, 'what is this\n'), /^400/);
    const page = (await ask(server.port, '/metrics')).body;
    const expected = {
      'earshot_connections{protocol="CHAT/1.0"}': 2,
      'earshot_connections{protocol="http"}': 1,
      'earshot_connections_refused_total{reason="invalid first line"}': 1,
      earshot_logins_total: 2,
      'earshot_logins_refused_total{reason="no-password"}': 1,
      earshot_users_online: 2,
      earshot_messages_stored_total: 1,
      earshot_messages_delivered_total: 1,
      earshot_commit_seconds_count: 1,
      'earshot_commit_group_messages_bucket{le="1"}': 1,
      'earshot_match_seconds_bucket{le="+Inf"}': 1,
      earshot_delivery_seconds_count: 1,
      earshot_outbox_bytes: 0,
      earshot_lagging_readers: 0,
      earshot_files_total: 0,
    };
    for (const [series, value] of Object.entries(expected)) assert.equal(figure(page, series), value, series);
    assert.match(page, /^earshot_build_info\{version="[0-9.]+",node="v[0-9.]+"\} 1$/m);
    assert.ok(figure(page, 'process_resident_memory_bytes') > 1e7);
    assert.ok(figure(page, 'earshot_disk_free_bytes') > 0);
    // Every line is a comment, empty, or a series with a number.
    for (const line of page.split('\n')) assert.match(line, /^$|^# |^\w+(\{.*\})? (NaN|[+-]?[0-9.e+-]+)$/);
  });

  test('are for this machine, or for those with the token', async (context) => {
    const folder = await temporaryFolder(context);
    const metricsTokenFile = path.join(folder, 'token');
    await writeFile(metricsTokenFile, 'a-token-of-some-length\n');
    const { port } = await testServer(context, { metricsTokenFile });
    const status = async (headers: Record<string, string>): Promise<number | undefined> =>
      (await ask(port, '/metrics', { headers })).status;
    assert.equal(await status({ host: 'localhost:9' }), 200);
    assert.equal(await status({ host: '[::1]:9' }), 200);
    // A proxy on this machine passes a stranger's request on; a page's own name points here.
    assert.equal(await status({ 'x-forwarded-for': '192.0.2.1' }), 401);
    assert.equal(await status({ host: 'evil.example' }), 401);
    assert.equal(await status({ host: 'evil.example', authorization: 'Bearer a-token-of-some-lengtH' }), 401);
    assert.equal(await status({ host: 'evil.example', authorization: 'Bearer a-token-of-some-length' }), 200);
    await writeFile(metricsTokenFile, 'short');
    await assert.rejects(testServer(context, { metricsTokenFile }), /at least 16 characters/);
    await assert.rejects(testServer(context, { metricsTokenFile: `${folder}/none` }), /cannot be read/);
  });

  test('the dashboard uses only metrics that there are', async (context: TestContext) => {
    const server = await testServer(context);
    const page = (await ask(server.port, '/metrics')).body;
    const known = new Set(
      [...page.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? ['bucket', 'sum', 'count'].map((end) => `${name}_${end}`) : [name],
      ),
    );
    const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/grafana-dashboard.json'), 'utf8');
    const dashboard: { panels: { title: string; targets?: { expr: string }[] }[] } = JSON.parse(text);
    const used = dashboard.panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) => [...expr.matchAll(/\b(?:earshot|process)_\w+/g)].map(([name]) => name)),
    );
    assert.ok(used.length > 10);
    assert.deepEqual(
      used.filter((name) => !known.has(name)),
      [],
    );
    // And the other way round, by family: nothing is measured that nobody sees.
    const unseen = [...known].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    assert.deepEqual(
      unseen.filter((name) => !used.some((other) => other.startsWith(name))),
      [],
    );
  });
});
