import { notText, readTypedVerb, type TypedVerb, tooLongToRead } from '../../client/verbs/typed-verb.ts';
import { VerbsClient } from '../../client/verbs/verbs-client.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8 } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { dial, type ServerOptions, trustedAddress } from '../dial.ts';
import { LineSource } from '../line-source.ts';
import { PlainScreen } from '../plain-screen.ts';
import { PromptScreen } from '../prompt-screen.ts';
import type { Report } from '../report.ts';
import { isInteractive, runFace } from '../run-face.ts';
import type { Screen } from '../screen.ts';
import { ConsoleHandlers } from './console-handlers.ts';
import { reportOf } from './ending.ts';

const commandsTold = 'Commands: login NAME, list, sendto NAME TEXT, logout, exit';

/**
 * `earshot console`: the client of CS3560, at a prompt or through pipes, until the user or the server ends it. Resolves
 * with the exit code: 0, also when the server closes the connection in order; 1 when the connection is lost or the
 * server speaks another protocol; 64 for invalid arguments; 69 when the server cannot be reached. Never rejects.
 */
export function runConsole(options: ServerOptions): Promise<number> {
  return runFace((clock, leaving) => connected(options, clock, leaving));
}

async function connected(options: ServerOptions, clock: Clock, leaving: AbortController): Promise<Report> {
  const address = await trustedAddress(options, clock, leaving.signal);
  if ('code' in address) return address;
  const connection = await dial(address, clock, leaving.signal);
  if ('code' in connection) return connection;
  return isInteractive()
    ? consoleAtPrompt(connection, clock, leaving)
    : consoleThroughPipes(connection, clock, leaving);
}

async function consoleAtPrompt(
  connection: Connection,
  clock: Clock,
  leaving: AbortController,
): Promise<Report> {
  const screen = new PromptScreen(process.stdin, process.stdout, process.env);
  const handlers = new ConsoleHandlers(screen, () => {
    screen.notice(`Connected. ${commandsTold}`);
    screen.open({
      onLine: (text) => {
        void obey(readTypedVerb(text), client, screen);
        if (/^[!/]?(?:help|\?)$/i.test(text.trim())) screen.notice(commandsTold);
      },
      onLeave: () => leaving.abort(),
    });
  });
  const client = new VerbsClient(connection, { clock, handlers });
  leaving.signal.addEventListener('abort', () => void client.leave());
  try {
    return reportOf(await client.run());
  } finally {
    screen.close();
  }
}

/** Sends each line when the one before it is answered, so that the output has the order of the input. */
async function consoleThroughPipes(
  connection: Connection,
  clock: Clock,
  leaving: AbortController,
): Promise<Report> {
  const screen = new PlainScreen(process.stdout, process.stderr, process.env);
  const lines = new LineSource(process.stdin, wireLimits.lineBytes);
  const obeyAll = async () => {
    for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
      if (!(await obey(readPipedVerb(line), client, screen))) return;
    }
    await client.leave();
  };
  let obeyed: Promise<void> | undefined;
  const handlers = new ConsoleHandlers(screen, () => {
    obeyed = obeyAll();
  });
  const client = new VerbsClient(connection, { clock, handlers });
  leaving.signal.addEventListener('abort', () => void client.leave());
  try {
    const report = reportOf(await client.run());
    lines.stop();
    await obeyed;
    return report;
  } finally {
    // An open pipe would keep the process alive.
    process.stdin.destroy();
  }
}

function readPipedVerb(line: Uint8Array | 'too-long'): TypedVerb {
  if (line === 'too-long') return tooLongToRead;
  const text = decodeUtf8(line);
  return text === undefined ? notText : readTypedVerb(text);
}

/** Executes a typed line. Resolves when it is done, with whether to go on. */
async function obey(typed: TypedVerb, client: VerbsClient, screen: Screen): Promise<boolean> {
  switch (typed.kind) {
    case 'nothing':
      return true;
    case 'error':
      screen.show(typed.text);
      return true;
    case 'request':
      return client.ask(typed.request);
    case 'exit':
      await client.leave();
      return false;
  }
}
