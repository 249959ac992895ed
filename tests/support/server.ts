import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { type Clock, systemClock } from '../../src/clock.ts';
import { defaultLimits, type Limits } from '../../src/protocol/limits.ts';
import type { ServerConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TestServerOptions extends Partial<Omit<ServerConfig, 'limits'>> {
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
  /** Gets every log line, as JSON. */
  readonly onLogLine?: (line: string) => void;
}

/** A real server in this process, on a port of the system's choosing and a data folder of its own. */
export async function testServer(test: TestContext, options: TestServerOptions = {}): Promise<Server> {
  const { limits, clock, onLogLine, ...config } = options;
  const level = onLogLine === undefined ? 'silent' : 'debug';
  const server = await startServer({
    config: {
      host: '127.0.0.1',
      port: 0,
      dataFolder: config.dataFolder ?? (await temporaryFolder(test)),
      defaultFollow: [],
      chat10Charset: 'ascii',
      messageRate: 0,
      ...config,
      limits: { ...defaultLimits, ...limits },
    },
    clock: clock ?? systemClock,
    logger: pino({ level }, { write: (line: string) => onLogLine?.(line) }),
    onStorageFailure(error) {
      throw error;
    },
  });
  test.after(() => server.close());
  return server;
}
