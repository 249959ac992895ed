import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOrigin, WebNames } from './web-names.ts';

const origin = (text: string): URL => {
  const url = parseOrigin(text);
  assert.ok(url);
  return url;
};

test('only names that nobody else can hold are hosts', () => {
  const names = new WebNames([origin('https://chat.example.org')], () => 'Cert.example.org');
  for (const host of [
    ...['127.0.0.1:4711', '192.0.2.7', '[::1]:4711', 'localhost', 'LOCALHOST:1', 'chat.example.org'],
    ...['chat.example.org:4711', 'cert.example.org:4711'],
  ])
    assert.equal(names.isOwnHost(host), true, host);
  for (const host of [
    ...[undefined, '', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:4711'],
    ...['evil.example@localhost', 'localhost/..', 'local host', 'localhost:x', '[::1'],
  ])
    assert.equal(names.isOwnHost(host), false, `${host}`);
});

test('a WebSocket is opened by pages of the same host and port, or of a named origin', () => {
  const names = new WebNames([origin('https://chat.example.org')]);
  const isIn = (from: string | undefined, host: string) => names.isOwnOrigin(from, host);
  assert.ok(isIn(undefined, 'evil.example'), 'no browser');
  assert.ok(isIn('http://127.0.0.1:4711', '127.0.0.1:4711'));
  assert.ok(isIn('https://127.0.0.1:4711', '127.0.0.1:4711'));
  assert.ok(isIn('http://localhost', 'localhost:80'));
  assert.ok(isIn('http://[::1]:4711', '[::1]:4711'));
  assert.ok(isIn('https://chat.example.org', '127.0.0.1:4711'), 'behind a proxy that changes Host');
  for (const [from, host] of [
    ['http://evil.example:4711', '127.0.0.1:4711'],
    ['http://evil.example:4711', 'evil.example:4711'],
    ['http://127.0.0.1:8080', '127.0.0.1:4711'],
    ['http://localhost:4711', '127.0.0.1:4711'],
    ['http://chat.example.org', '127.0.0.1:4711'],
    ['null', '127.0.0.1:4711'],
    ['', '127.0.0.1:4711'],
    ['file://', '127.0.0.1:4711'],
    ['http://127.0.0.1:4711/path', '127.0.0.1:4711'],
  ])
    assert.equal(isIn(from, host ?? ''), false, `${from} at ${host}`);
});

test('an origin is a scheme and a host', () => {
  for (const text of ['chat.example.org', 'ftp://h', 'https://h/chat', 'https://u@h', 'https://h?x', ''])
    assert.equal(parseOrigin(text), undefined, text);
  assert.equal(parseOrigin('https://h/')?.origin, 'https://h');
});
