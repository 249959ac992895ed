import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { adminDone } from './operator.ts';
import { ParcelClient } from './parcel-client.ts';
import { makeAccounts, type TestServerOptions, testServer } from './server.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { WireClient } from './wire-client.ts';

/** The password of alice, who has an account. */
export const password = 'correct horse';

/** A server with its operator, and ways to ask it something. */
export async function operatorScene(context: TestContext, options: TestServerOptions = {}) {
  const data = await temporaryFolder(context);
  await makeAccounts(data, { alice: password });
  const logged: string[] = [];
  const onLogLine = (line: string) => void logged.push(line);
  const server = await testServer(context, { dataFolder: data, onLogLine, ...options });
  const guest = async (name: string) => {
    const { client, answer } = await ParcelClient.enter(context, server, `REGISTER ${name}`);
    assert.equal(answer.start, '200 Registered', answer.start);
    return client;
  };
  const ask = async (request: string, headers = {}) =>
    (await ParcelClient.enter(context, server, request, headers)).answer;
  const chat10 = async (line: string) => {
    const client = await WireClient.connect(context, server);
    client.send(`${line}\n`);
    return client.line();
  };
  return { data, server, logged, guest, ask, chat10, run: (...words: string[]) => adminDone(data, ...words) };
}

/** The headers of the last event of a connection, which it ends with. */
export const goodbye = async (client: ParcelClient) => {
  const { start, headers } = (await client.until('DISCONNECT')).at(-1) ?? assert.fail();
  assert.equal(start, 'DISCONNECT CHAT/1.1');
  assert.equal(await client.wire.rest(), '');
  return headers;
};
