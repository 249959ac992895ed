import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageFrom } from '../../../../tests/support/entries.ts';
import { FakeClock } from '../../../../tests/support/fake-clock.ts';
import { FakeScreen } from '../../../../tests/support/fake-screen.ts';
import { Calls } from './calls.ts';
import { Settings } from './settings.ts';

function started() {
  const clock = new FakeClock();
  const screen = new FakeScreen();
  const settings = new Settings();
  const calls = new Calls({ name: 'alice', screen, settings, clock });
  const bells = () => screen.calls.filter(({ bell }) => bell === true).length;
  const mention = () => calls.onShown(messageFrom('bob', { matched: ['apple', '@alice'] }));
  return { clock, screen, settings, calls, bells, mention };
}

test('calls for mentions and private messages, and for nothing else', () => {
  const { clock, screen, calls, mention } = started();
  calls.onShown(messageFrom('bob', { matched: ['apple', '@all', '@bob'] }));
  calls.onShown(messageFrom('alice', { to: 'bob', isOwn: true }));
  assert.deepEqual(screen.calls, []);
  mention();
  clock.advance(5_000);
  calls.onShown(messageFrom('bob', { to: 'alice' }));
  calls.onSeen();
  assert.deepEqual(screen.calls, [
    { title: '(1) alice - earshot' },
    { bell: true },
    { title: '(2) alice - earshot' },
    { bell: true },
    { title: '' },
  ]);
});

test('does what the settings say, and nothing while the window has the focus', () => {
  const { screen, settings, calls, mention } = started();
  screen.isFocused = true;
  mention();
  assert.deepEqual(screen.calls, []);
  screen.isFocused = false;
  for (const [name, value] of [
    ['bell', 'off'],
    ['title', 'off'],
    ['notify', 'on'],
  ] as const)
    assert.equal(settings.set(name, value), undefined);
  mention();
  assert.deepEqual(screen.calls, [{ title: '' }, { notice: '@bob: hello' }]);
  calls.onSeen();
});

test('rings at most every 5 s, and once a minute when nobody reacts', () => {
  const { clock, bells, calls, mention } = started();
  const ringFor = (seconds: number) => {
    const before = bells();
    for (let i = 0; i < seconds; i++) {
      mention();
      clock.advance(1_000);
    }
    return bells() - before;
  };
  assert.equal(ringFor(25), 5);
  assert.equal(ringFor(600), 10);
  calls.onSeen();
  clock.advance(60_000);
  assert.equal(ringFor(25), 5);
});
