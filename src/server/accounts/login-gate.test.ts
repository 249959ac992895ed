import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { LoginGate } from './login-gate.ts';
import { PasswordHasher } from './password-hasher.ts';

it('counts no attempt that failed because of the disk', async () => {
  const gate = new LoginGate(new PasswordHasher(defaultLimits), new FakeClock(), defaultLimits);
  const pass = (work: () => Promise<number>) => gate.pass('alice', '192.0.2.1', work);
  for (let at = 0; at < 50; at++)
    await assert.rejects(
      pass(() => Promise.reject(new Error('the disk is full'))),
      /the disk is full/,
    );
  assert.deepEqual(await pass(async () => 1), { kind: 'ok', generation: 1 });
});
