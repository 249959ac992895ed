import type { Client } from '../../client/client.ts';
import { ConnectError } from '../../client/errors.ts';
import { nameRule } from '../../client/sendable.ts';
import { connect, lookUp } from '../../client-node/connect.ts';
import { exitCodes } from '../../exit-codes.ts';
import { isUserName } from '../../protocol/names.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { elapsed } from '../../scheduling/elapsed.ts';
import type { ChatAddress } from '../../transport/address.ts';
import { durationOf, sentenceOf } from '../lines.ts';
import { type Report, refused, tlsRequired } from '../report.ts';
import type { Dialogue } from './dialogue.ts';

export interface SignInOptions {
  readonly address: ChatAddress;
  /** What an empty answer to the question for the name means. */
  readonly name: string | undefined;
  /** The code of an invitation for a new account, if one was given on the command line. */
  readonly invitation?: string | undefined;
  readonly dialogue: Dialogue;
  readonly clock: Clock;
  /** Aborts when the user leaves. */
  readonly leaving: AbortSignal;
}

/** An invalid answer; `problem` is a sentence for the user. */
interface NoGood {
  readonly askAgain: 'name' | 'password';
  readonly problem: string;
}

/** The longest `Retry-After` that the menu waits out, in seconds. */
const maxWaitS = 60;

/**
 * Asks for name and password until the user is logged in to an account, a new one if the name is free. After an invalid
 * answer a person is asked again; with a script, whose next line answers another question, the login fails.
 */
export async function signIn(options: SignInOptions): Promise<Client | Report> {
  const { dialogue } = options;
  const problem = await unreachable(options);
  if (problem !== undefined) return problem;
  const question = `Enter user name${options.name === undefined ? '' : ` [${options.name}]`}: `;
  let name: string | undefined;
  for (;;) {
    name ??= await dialogue.ask(question);
    if (name === undefined) return unanswered(options);
    const result = await signInAs(name.trim() || (options.name ?? ''), options);
    if (!('askAgain' in result)) return result;
    if (!dialogue.isWithPerson) return refused(result.problem);
    dialogue.screen.problem(result.problem);
    dialogue.forgetTypedAhead();
    if (result.askAgain === 'name') name = undefined;
  }
}

/** Asks for nothing before the server has answered. Resolves with a report for the user when it does not. */
async function unreachable({ address, clock, leaving }: SignInOptions): Promise<Report | undefined> {
  try {
    await lookUp(address, 'earshot', { clock, signal: leaving });
    return undefined;
  } catch (error) {
    if (leaving.aborted) return { code: exitCodes.ok };
    if (!(error instanceof ConnectError)) throw error;
    return error.reason === 'unreachable'
      ? { code: exitCodes.unavailable, problem: error.message }
      : refused(error.message);
  }
}

async function signInAs(name: string, options: SignInOptions): Promise<Client | Report | NoGood> {
  if (!isUserName(name)) return { askAgain: 'name', problem: `A name ${nameRule}.` };
  try {
    const found = await lookUp(options.address, name, { clock: options.clock, signal: options.leaving });
    if (found.status === 'guest') {
      const problem = `A guest is in the chat as ${name}; choose another name.`;
      return { askAgain: 'name', problem };
    }
    const isNew = found.status === 'free';
    const password = await options.dialogue.ask(
      isNew ? 'Enter Password: ' : "Enter user's password: ",
      'hidden',
    );
    if (password === undefined) return unanswered(options);
    const problem = passwordProblem(password);
    if (problem !== undefined) return { askAgain: 'password', problem: `${problem}.` };
    return await enter(name, password, isNew, options);
  } catch (error) {
    if (options.leaving.aborted) return { code: exitCodes.ok };
    if (error instanceof ConnectError) return explain(error, options);
    throw error;
  }
}

async function enter(
  name: string,
  password: string,
  isNew: boolean,
  options: SignInOptions,
): Promise<Client | Report> {
  const { address, clock, dialogue, leaving } = options;
  let { invitation } = options;
  for (;;) {
    try {
      const client = await connect(address, {
        name,
        password,
        account: isNew ? 'create' : 'login',
        ...(invitation === undefined ? {} : { invitation }),
        stateFolder: false,
        clock,
        signal: leaving,
      });
      dialogue.screen.notice(
        isNew ? `The account ${name} is made; you are logged in.` : `Logged in as ${name}.`,
      );
      return client;
    } catch (error) {
      if (error instanceof ConnectError && error.code === 412 && dialogue.isWithPerson) {
        dialogue.screen.problem(sentenceOf(error.message));
        invitation = (await dialogue.ask('Enter invitation: '))?.trim();
        if (invitation === undefined || invitation === '') return unanswered(options);
        continue;
      }
      const seconds =
        error instanceof ConnectError && error.reason === 'busy' ? error.retryAfterS : undefined;
      if (seconds === undefined || seconds > maxWaitS) throw error;
      dialogue.screen.notice(
        `The server takes a password again in ${durationOf(seconds)}; waiting. Ctrl-C leaves.`,
      );
      await elapsed(clock, seconds * 1000, leaving);
      if (leaving.aborted) return { code: exitCodes.ok };
    }
  }
}

function explain(error: ConnectError, { address }: SignInOptions): Report | NoGood {
  const { port } = address;
  switch (error.reason) {
    case 'wrong-password':
      return { askAgain: 'password', problem: 'That is not the password.' };
    case 'taken':
    case 'no-such-account':
    case 'invalid':
      return { askAgain: 'name', problem: sentenceOf(error.message) };
    case 'unreachable':
      return { code: exitCodes.unavailable, problem: error.message };
    case 'busy': {
      const when = error.retryAfterS === undefined ? 'later' : `in ${durationOf(error.retryAfterS)}`;
      return refused(`the server accepts no passwords from here now; try again ${when}`);
    }
    case 'tls-required':
      return tlsRequired(address, `earshot menu --host 127.0.0.1 --port ${port}`);
    case 'password-needed':
    case 'foreign':
    case 'untrusted':
    case 'refused':
      return refused(error.message);
  }
}

/** The report when the answers end before a login: success for a person, who left; failure for a script. */
function unanswered({ dialogue }: SignInOptions): Report {
  if (dialogue.isWithPerson) return { code: exitCodes.ok };
  return refused('the input ended before anybody was logged in');
}
