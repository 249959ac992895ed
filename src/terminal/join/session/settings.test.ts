import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Settings } from './settings.ts';

test('settings begin as the command line says, and change to their values only', () => {
  const settings = new Settings({ title: false, times: 'long' });
  assert.deepEqual(settings.values, { bell: true, title: false, notify: false, times: 'long' });
  assert.equal(settings.set('times', 'off'), undefined);
  assert.equal(settings.set('bell', 'off'), undefined);
  assert.equal(settings.set('notify', 'on'), undefined);
  const bell = '!set bell takes on or off, such as: !set bell off';
  for (const value of ['', 'short', 'toString']) assert.equal(settings.set('bell', value), bell);
  assert.equal(settings.set('times', 'on'), '!set times takes short, long or off, such as: !set times off');
  assert.equal(settings.set('toString', 'on'), 'There is no setting "toString"; !set lists them.');
  assert.deepEqual(settings.values, { bell: false, title: false, notify: true, times: 'off' });
  assert.deepEqual(
    settings.list().map((line) => line.slice(0, 15).trimEnd()),
    ['bell    off', 'title   off', 'notify  on', 'times   off'],
  );
  for (const line of settings.list()) assert.ok(line.length <= 80, line);
});
