import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { noCounts } from '../../transport/udp/counts.ts';
import { FanOutCounts } from '../counts/fan-out-counts.ts';
import { LogCounts } from '../counts/log-counts.ts';
import { Tally } from '../counts/tally.ts';
import { EventLoop } from './event-loop.ts';
import { MinuteLines } from './minute-lines.ts';

test('a minute in which something happened gets a line with its own figures; a quiet one gets none', () => {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const protocols = new Tally();
  const [outcomes, hub, log] = [new Tally(), { counts: new FanOutCounts() }, new LogCounts()];
  const eventLoop = new EventLoop();
  const lines = new MinuteLines({
    clock,
    logger: { info: (about: object, text?: string) => void told.push({ ...about, text }) },
    eventLoop,
    sources: {
      sessions: {
        summary: () => ({ protocols, transports: new Tally(), lagging: 2 }),
        ended: new Tally(),
        refused: new Tally(),
      },
      ...{ logins: { outcomes }, posts: { refused: new Tally() }, hub, log, eventLoop },
      ...{ outboxBudget: { heldBytes: 0 }, inputs: { heldBytes: 0 }, uploads: { count: 0 } },
      udp: { counts: noCounts },
      ...{ registry: { online: async () => [] }, fileStore: { freeBytes: async () => 0 } },
    },
  });
  lines.start();
  clock.advance(60_000);
  assert.deepEqual(told, []);
  protocols.add('CHAT/1.0', 3);
  outcomes.add('in', 2);
  hub.counts.stored = 90;
  hub.counts.delivered = 120;
  log.commitSeconds.observe(0.002);
  log.commitSeconds.observe(0.004);
  clock.advance(60_000);
  const [{ memoryMiB, delayMs, ...rest }] = told as unknown as [Record<string, unknown>];
  assert.ok(Number(memoryMiB) > 0 && Number(delayMs) >= 0);
  const figures = {
    connections: 3,
    logins: 2,
    messagesPerS: 1.5,
    deliveriesPerS: 2,
    commitMs: 3,
    lagging: 2,
  };
  assert.deepEqual(rest, { ...figures, text: 'the last minute' });
  clock.advance(60_000);
  assert.equal(told.length, 1);
  lines.stop();
  assert.equal(clock.pendingTimers, 0);
});
