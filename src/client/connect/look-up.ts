import { type Clock, systemClock } from '../../scheduling/clock.ts';
import { Chat11Connection } from '../chat11/chat11-connection.ts';
import type { Address, Dial, NameStatus } from '../client.ts';
import { ConnectError } from '../errors.ts';
import type { Host } from '../host.ts';
import { nameProblem } from '../sendable.ts';
import { attempt, serverAt } from './attempt.ts';
import { greet } from './greet.ts';

/** The time-out of the server's answer, from when the connection opens. */
const answerMs = 10_000;

/** The options of `lookUp`. */
export interface LookUpOptions {
  /** Cancels the look-up; no connection stays open. */
  readonly signal?: AbortSignal;
  /** As for `connect`. */
  readonly dial?: Dial;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/** Implements the library's `lookUp` for any host. */
export async function lookUpOn(
  host: Pick<Host, 'dial'>,
  address: Address,
  name: string,
  options: LookUpOptions,
): Promise<NameStatus> {
  const { signal = new AbortController().signal, clock = systemClock, dial = host.dial } = options;
  const server = serverAt(address, dial, clock);
  const problem = nameProblem(name);
  if (problem !== undefined) throw new ConnectError('invalid', problem);
  const { where } = server;
  const answer = await attempt(server, signal, async (transport) => {
    const connection = await greet(transport, name, clock, signal);
    signal.throwIfAborted();
    // Some servers of CHAT/1.0 close without a word at a line that they do not know.
    if (typeof connection === 'string') {
      throw new ConnectError('foreign', `${where} does not speak CHAT/1.1`);
    }
    const late = clock.after(answerMs, () => connection.destroy());
    const chat11 = new Chat11Connection(connection, clock);
    void chat11.run({ onEvent: () => undefined, onDataFailure: () => {} });
    const isChat11 = await chat11.greeted;
    const answered = isChat11 ? await chat11.request({ kind: 'name', name }) : undefined;
    late.cancel();
    chat11.leave();
    await chat11.closed;
    if (!isChat11) throw new ConnectError('foreign', `${where} does not speak CHAT/1.1`);
    return answered;
  });
  signal.throwIfAborted();
  if (answer === undefined) throw new ConnectError('unreachable', `${where} gave no answer`);
  if (answer.kind === 'name') return { status: answer.status, isOnline: answer.online };
  const { code, reason, retryAfterS } = answer;
  throw new ConnectError('refused', `the server refused: ${reason} (${code})`, { code, retryAfterS });
}
