import type { TestContext } from 'node:test';
import type { BusObserver } from '../../src/server/log/bus.ts';
import type { Log } from '../../src/server/log/log.ts';
import { LogRecorder } from './log-recorder.ts';

/** Opens the same log again and again, one at a time; the first time it is new. */
export type LogFactory = (observer: BusObserver) => Promise<Log>;

/** A log that is closed when the test ends, its recorder, and the way to open it again. */
export async function openLog(
  test: TestContext,
  create: (test: TestContext) => Promise<LogFactory>,
): Promise<{ readonly log: Log; readonly recorder: LogRecorder; readonly open: LogFactory }> {
  const factory = await create(test);
  const logs: Log[] = [];
  const open: LogFactory = async (observer) => {
    const log = await factory(observer);
    logs.push(log);
    return log;
  };
  test.after(async () => {
    for (const log of logs) await log.close();
  });
  const recorder = new LogRecorder();
  return { log: await open(recorder), recorder, open };
}
