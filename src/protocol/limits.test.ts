import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defaultLimits, wireLimits } from './limits.ts';
import { encodeUtf8 } from './text.ts';

it('holds only whole numbers that are not negative', () => {
  for (const [name, value] of Object.entries({ ...wireLimits, ...defaultLimits })) {
    assert.ok(Number.isSafeInteger(value) && value >= 0, name);
  }
});

it('names no limit twice', () => {
  const both = Object.keys(wireLimits).filter((name) => name in defaultLimits);
  assert.deepEqual(both, []);
});

it('has room in a line for the longest text after the longest command', () => {
  const name = 'x'.repeat(wireLimits.nameCharacters);
  const line = `@${name}: !msg ${name} ${'🍎'.repeat(wireLimits.textCharacters)}`;
  assert.ok(encodeUtf8(line).length <= wireLimits.lineBytes);
  assert.equal(encodeUtf8('🍎'.repeat(wireLimits.textCharacters)).length, wireLimits.textBytes);
});

it('has room for the longest registration before login', () => {
  const line = `REGISTER ${'x'.repeat(wireLimits.nameCharacters)} CHAT/1.0\r\n`;
  assert.ok(line.length <= defaultLimits.loginLineBytes);
});

it('bounds one reader below all readers and one connection below the rest', () => {
  assert.ok(defaultLimits.outboxBytes <= defaultLimits.allOutboxesBytes);
  assert.ok(defaultLimits.connectionsPerAddress <= defaultLimits.connections);
  assert.ok(defaultLimits.attachmentBytes <= defaultLimits.attachmentBytesPerDay);
  assert.ok(wireLimits.lineBytes <= defaultLimits.inFlightBytes, 'one text always fits');
});
