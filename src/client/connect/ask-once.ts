import type { Request } from '../../protocol/chat11/request.ts';
import type { AnsweredKind, Failure, Response, ResponseTo } from '../../protocol/chat11/response.ts';
import { type Clock, systemClock } from '../../scheduling/clock.ts';
import { Chat11Connection } from '../chat11/chat11-connection.ts';
import type { Address, Dial } from '../client.ts';
import { ConnectError } from '../errors.ts';
import type { Host } from '../host.ts';
import { attempt, serverAt } from './attempt.ts';
import { greet } from './greet.ts';

/** The time-out of the server's answer, from when the connection opens. */
const answerMs = 10_000;

/** The options of requests without a login. */
export interface LookUpOptions {
  /** Cancels the request; no connection stays open. */
  readonly signal?: AbortSignal;
  /** As for `connect`. */
  readonly dial?: Dial;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/**
 * Sends one request over a connection of its own, without a login. `name` is what the server is greeted by. Rejects with
 * `ConnectError`.
 */
export async function askOnce<Kind extends AnsweredKind>(
  host: Pick<Host, 'dial'>,
  address: Address,
  request: Request & { readonly kind: Kind },
  options: LookUpOptions & { readonly name: string },
): Promise<ResponseTo<Kind>> {
  const { signal = new AbortController().signal, clock = systemClock, dial = host.dial } = options;
  const server = serverAt(address, dial, clock);
  const { where } = server;
  const answer = await attempt(server, signal, async (transport) => {
    const connection = await greet(transport, options.name, clock, signal);
    signal.throwIfAborted();
    if (connection === 'silent') return undefined;
    if (connection === 'foreign') throw new ConnectError('foreign', `${where} does not speak CHAT/1.1`);
    const late = clock.after(answerMs, () => connection.destroy());
    const chat11 = new Chat11Connection(connection, clock);
    void chat11.run({ onEvent: () => undefined, onDataFailure: () => {} });
    const isAnswered = await chat11.greeted;
    const answered = isAnswered ? (chat11.refusal ?? (await chat11.request<Kind>(request))) : undefined;
    late.cancel();
    chat11.leave();
    await chat11.closed;
    return answered;
  });
  signal.throwIfAborted();
  if (answer === undefined) throw new ConnectError('unreachable', `${where} gave no answer`);
  if (!isFailure(answer)) return answer as ResponseTo<Kind>;
  const { code, reason, retryAfterS } = answer;
  throw new ConnectError('refused', `the server refused: ${reason} (${code})`, { code, retryAfterS });
}

const isFailure = (answer: Response | Failure): answer is Failure => answer.kind === 'failure';
