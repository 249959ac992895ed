import type { Client } from '../../client/client.ts';
import { sentenceOf } from '../lines.ts';
import { PlainScreen } from '../plain-screen.ts';
import type { Screen } from '../screen.ts';

/** Returns a screen that writes to standard error only: standard output is for messages. */
export function errorScreen(): Screen {
  return new PlainScreen(process.stderr, process.stderr, process.env);
}

/** Shows a line for each event of the connection. */
export function tellErrors(client: Client, screen: Screen): void {
  let isOffline = false;
  let problem: string | undefined;
  client.on('notice', ({ from, text }) => {
    if (from === 'server') screen.problem(`The server says: ${text}`);
    // On a full disk the cursor cannot be saved at any message.
    else if (text !== problem) screen.problem(text);
    if (from === 'client') problem = text;
  });
  client.on('gap', () => screen.problem('Some messages that were sent meanwhile may be lost.'));
  client.on('reset', () => screen.problem('The server was set up anew; messages may be lost.'));
  client.on('offline', ({ why }) => {
    // One line for an outage, whatever the number of attempts.
    if (!isOffline) screen.problem(sentenceOf(`the connection is lost: ${why}`));
    isOffline = true;
  });
  client.on('online', () => {
    isOffline = false;
    screen.problem('The connection is back.');
  });
}
