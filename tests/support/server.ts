import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Limits } from '../../src/protocol/limits.ts';
import { type Clock, systemClock } from '../../src/scheduling/clock.ts';
import { openSqliteAccounts } from '../../src/server/accounts/sqlite-accounts.ts';
import type { ServerConfig } from '../../src/server/config.ts';
import { accountsFileIn } from '../../src/server/data-folder.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import { cheapLimits } from './accounts-factory.ts';
import { FakeClock } from './fake-clock.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TestServerOptions extends Partial<Omit<ServerConfig, 'limits'>> {
  /** In place of `listen`: one address, on a port of the system's choosing. */
  readonly host?: string;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
  /** Accounts that there are before it starts: names and passwords. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Gets every log line, as JSON. */
  readonly onLogLine?: (line: string) => void;
}

/** A real server in this process, on a port of the system's choosing and a data folder of its own. */
export async function testServer(test: TestContext, options: TestServerOptions = {}): Promise<Server> {
  const { limits, clock, accounts, onLogLine, host = '127.0.0.1', ...config } = options;
  const dataFolder = config.dataFolder ?? (await temporaryFolder(test));
  if (accounts !== undefined) await makeAccounts(dataFolder, accounts);
  const level = onLogLine === undefined ? 'silent' : 'debug';
  const server = await startServer({
    config: {
      listen: [{ host, port: 0 }],
      defaultFollow: [],
      chat10Charset: 'ascii',
      messageRate: 0,
      insecurePasswords: false,
      keepsPort: false,
      udp: false,
      acceptLoss: false,
      ...config,
      dataFolder,
      limits: { ...cheapLimits, ...limits },
    },
    clock: clock ?? systemClock,
    logger: pino({ level }, { write: (line: string) => onLogLine?.(line) }),
    onStorageFailure(error) {
      throw error;
    },
  });
  test.after(() => closeInTime(server, clock));
  return server;
}

/** Closes the server; a clock that stands still is moved on, so that nothing waits for it for ever. */
async function closeInTime(server: Server, clock: Clock | undefined): Promise<void> {
  let isClosed = false;
  const closed = server.close().then(() => {
    isClosed = true;
  });
  while (!isClosed && clock instanceof FakeClock) {
    await new Promise(setImmediate);
    clock.advance(10);
  }
  await closed;
}

/** Makes accounts in a data folder that no server holds, with hashes that cost next to nothing. */
export async function makeAccounts(
  dataFolder: string,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const accounts = await openSqliteAccounts({
    file: accountsFileIn(dataFolder),
    epoch: '',
    head: 0,
    limits: cheapLimits,
    clock: systemClock,
    onFailure(error) {
      throw error;
    },
  });
  for (const [name, password] of Object.entries(passwords)) await accounts.create(name, password, 0);
  await accounts.close();
}
