import type { TestContext } from 'node:test';
import type { Client, ClientEvent, ClientEvents } from '../../src/client/client.ts';

/** The next event of a kind. */
export function next<E extends ClientEvent>(client: Client, event: E): Promise<ClientEvents[E]> {
  return new Promise((resolve) => {
    client.once(event, resolve);
  });
}

/** Closes `client` with the test: by itself it would come back for ever. */
export function closing(test: TestContext, client: Client): Client {
  test.after(() => client.close());
  return client;
}

/** Writes down every event, in order, shortly. */
export function recorded(client: Client): string[] {
  const events: string[] = [];
  client
    .on('message', ({ from, text, isOwn }) => events.push(`${isOwn ? 'own ' : ''}${from}: ${text}`))
    .on('attachment', ({ from, name, id }) => events.push(`${from} attached ${name} as ${id}`))
    .on('caught-up', ({ matched, of }) => events.push(`caught up, ${matched} of ${of}`))
    .on('gap', ({ from, to }) => events.push(`gap ${from} to ${to}`))
    .on('reset', ({ epoch }) => events.push(`reset ${epoch}`))
    .on('notice', ({ from, text }) => events.push(`notice of the ${from}: ${text}`))
    .on('offline', ({ why }) => events.push(`offline: ${why}`))
    .on('online', ({ isResumed }) => events.push(isResumed ? 'resumed' : 'online'))
    .on('closed', ({ why }) => events.push(`closed: ${why}`));
  return events;
}
