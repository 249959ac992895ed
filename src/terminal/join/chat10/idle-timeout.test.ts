import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../../../tests/support/fake-clock.ts';
import { IdleTimeout } from './idle-timeout.ts';

const never = new Promise<void>(() => {});

function waiting() {
  const clock = new FakeClock();
  const server = { bytesReceived: 0, unsentBytes: 0 };
  const timeout = new IdleTimeout(clock, server);
  const state = { came: undefined as boolean | undefined };
  const wait = (event: Promise<void>) => {
    void timeout.waitFor(event).then((came) => {
      state.came = came;
    });
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { server, timeout, state, wait, pass };
}

it('IdleTimeout times out five seconds after the last sign of life', async () => {
  const { server, state, wait, pass } = waiting();
  wait(never);
  await pass(4_000);
  server.bytesReceived += 1;
  await pass(4_000);
  server.unsentBytes += 1;
  await pass(4_900);
  assert.equal(state.came, undefined);
  await pass(200);
  assert.equal(state.came, false);
});

it('IdleTimeout adds a tenth of a second per line, as a server may rate-limit a flood', async () => {
  const { timeout, state, wait, pass } = waiting();
  for (let line = 0; line < 600; line++) timeout.onLineSent();
  wait(never);
  await pass(64_000);
  assert.equal(state.came, undefined);
  await pass(2_000);
  assert.equal(state.came, false);
});

it('IdleTimeout resolves when the event does', async () => {
  const { state, wait, pass } = waiting();
  wait(Promise.resolve());
  await pass(0);
  assert.equal(state.came, true);
});
