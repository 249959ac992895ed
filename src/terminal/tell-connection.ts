import type { Client } from '../client/client.ts';
import type { Screen } from './screen.ts';

/** Tells what happens to the connection, and to what should have come over it, each in one line. */
export function tellConnection(client: Client, screen: Screen): void {
  let isOffline = false;
  client.on('notice', ({ text }) => screen.notice(`The server says: ${text}`));
  client.on('gap', () => screen.problem('Some of what was said meanwhile is lost to you.'));
  client.on('reset', () =>
    screen.problem('The server was set up anew; what was said meanwhile is not known.'),
  );
  client.on('offline', ({ why }) => {
    // One line, however often it is tried in vain.
    if (!isOffline) screen.problem(`The connection is lost: ${why}. Trying to get it back.`);
    isOffline = true;
    screen.status('offline');
  });
  client.on('online', () => {
    isOffline = false;
    screen.notice('The connection is back.');
    screen.status('');
  });
}
