import type { Client } from '../client/client.ts';
import { sentenceOf } from './lines.ts';
import type { Screen } from './screen.ts';
import type { Timeline } from './timeline.ts';

/** Shows `offline` as the status of the screen while there is no connection. */
export function tellOffline(client: Client, screen: Screen): void {
  client.on('offline', () => screen.status('offline')).on('online', () => screen.status(''));
}

/** Shows a line for each event of the connection: notices, gaps, resets, offline and online. */
export function tellConnection(
  client: Client,
  screen: Screen,
  timeline: Timeline,
  hint = 'Trying to get it back.',
): void {
  let isOffline = false;
  const tellLoss = (text: string): void => {
    if (screen.isTerminal) timeline.divide(text, 'problem');
    else screen.problem(sentenceOf(text));
  };
  client.on('notice', ({ from, text }) => {
    if (from === 'server') screen.notice(`The server says: ${text}`);
    else screen.problem(text);
  });
  client.on('gap', () => tellLoss('some messages that were sent meanwhile may be lost to you'));
  client.on('reset', () =>
    tellLoss('the server was set up anew; messages that were sent meanwhile may be lost to you'),
  );
  client.on('offline', ({ why }) => {
    // One line for an outage, whatever the number of attempts.
    if (!isOffline) screen.problem(`The connection is lost: ${why}. ${hint}`);
    isOffline = true;
  });
  client.on('online', () => {
    isOffline = false;
    screen.notice('The connection is back.');
  });
}
