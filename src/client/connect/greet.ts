import { greeting, greetingAnswer } from '../../protocol/chat11/greeting.ts';
import { decodeUtf8, encodeUtf8 } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { headerBlockMs, silence } from '../silence.ts';
import { Handover } from './handover.ts';

/** Why `connect` failed when nothing came at all: what is there may speak CHAT/1.0. */
export class SilentError extends Error {
  override readonly name = 'SilentError';
}

/** The time-out of the answer. */
const answerMs = 5_000;
/** How long a server may take to close a connection that it does not serve as CHAT/1.1. */
const closeMs = 1_000;

/**
 * Asks, on a new connection, whether the server speaks CHAT/1.1. Resolves with the connection to go on with, or, when
 * it does not, with `foreign` once the connection is closed; with `silent` when nothing came at all, as from a tunnel
 * whose server is not there. Aborting `signal` destroys the connection.
 */
export async function greet(
  transport: Connection,
  name: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Connection | 'foreign' | 'silent'> {
  const connection = new Handover(transport);
  const giveUp = (): void => transport.destroy();
  signal.addEventListener('abort', giveUp);
  try {
    connection.write(encodeUtf8(greeting(name)));
    const answer = await answerOn(connection, clock);
    if (answer === 'CHAT/1.1') return connection;
    // A server that does not look at the version has registered the user, and some of them never notice an end.
    if (answer === 'registered') connection.write(encodeUtf8(`DISCONNECT ${name} CHAT/1.0\n`));
    connection.end();
    const late = clock.after(closeMs, giveUp);
    await connection.closed;
    late.cancel();
    return connection.held.length === 0 ? 'silent' : 'foreign';
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

type Answer = 'CHAT/1.1' | 'registered' | 'none';

async function answerOn(connection: Handover, clock: Clock): Promise<Answer> {
  const answered = new AbortController();
  void silence(clock, headerBlockMs, answered.signal).then(() => {
    if (!answered.signal.aborted) connection.write(encodeUtf8('\n'));
  });
  const late = clock.after(answerMs, () => connection.stop());
  try {
    for (;;) {
      const answer = answerIn(connection.held);
      if (answer === 'CHAT/1.1') connection.skip(greetingAnswer.length);
      if (answer !== undefined) return answer;
      if (connection.held.length > 0) answered.abort();
      if (!(await connection.more())) return 'none';
    }
  } finally {
    answered.abort();
    late.cancel();
  }
}

/** Returns what `bytes` say, whether or not a line end follows; undefined when that is not clear yet. */
function answerIn(bytes: Uint8Array): Answer | undefined {
  const text = decodeUtf8(bytes.subarray(0, greetingAnswer.length)) ?? '';
  if (text === greetingAnswer) return 'CHAT/1.1';
  if (text.startsWith('200 ')) return 'registered';
  return greetingAnswer.startsWith(text) || '200 '.startsWith(text) ? undefined : 'none';
}
