import type { Client } from '../client/client.ts';
import { sentenceOf } from './lines.ts';
import type { Screen } from './screen.ts';
import type { Timeline } from './timeline.ts';

/** Shows a line for each event of the connection: notices, gaps, resets, offline and online. */
export function tellConnection(client: Client, screen: Screen, timeline: Timeline): void {
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
