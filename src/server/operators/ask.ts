import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { exitCodes } from '../../exit-codes.ts';
import { adminSocketIn, defaultDataFolder } from '../data-folder.ts';
import { StartError } from '../start-error.ts';
import type { OperatorCommand, Values } from './command.ts';
import { type AdminAnswer, type AdminRequest, parseAnswer, socketPathProblem, wireVersion } from './wire.ts';

export interface AskOptions {
  readonly data?: string;
  /** Prints the result as one line of JSON. */
  readonly json?: boolean;
}

/**
 * `earshot admin COMMAND`: has the running server execute a command, and prints what it answers. Resolves with the exit
 * code.
 */
export async function ask(command: OperatorCommand, values: Values, options: AskOptions): Promise<number> {
  const folder = options.data || defaultDataFolder(process.env);
  try {
    const given = { earshot: wireVersion, command: command.name, values, by: systemUser() } as const;
    const answer = await exchange(folder, given);
    if (!answer.ok) {
      process.stderr.write(`earshot: ${answer.problem}\n`);
      return exitCodes[answer.code];
    }
    const shown =
      options.json === true ? `${JSON.stringify(answer.result)}\n` : command.show(answer.result as never);
    process.stdout.write(shown);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`earshot: ${error.message}\n`);
    return error.exitCode;
  }
}

/** Who runs this, for the audit file. */
export function systemUser(): string {
  const { SUDO_USER: behind } = process.env;
  try {
    const { username } = userInfo();
    return behind === undefined || behind === '' ? username : `${behind} (as ${username})`;
  } catch {
    return `user id ${process.getuid?.() ?? '?'}`;
  }
}

async function exchange(folder: string, request: AdminRequest): Promise<AdminAnswer> {
  const path = adminSocketIn(folder);
  const problem = socketPathProblem(path);
  if (problem !== undefined) throw new StartError(exitCodes.noData, problem);
  let text = '';
  try {
    const socket = connect(path);
    socket.setEncoding('utf8');
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const chunk of socket) text += chunk;
  } catch (error) {
    // A server that closes before it has read the request resets the connection.
    if (!['ECONNRESET', 'EPIPE'].includes(codeOf(error))) throw unreachable(folder, error);
  }
  const answer = parseAnswer(text);
  if (answer !== undefined) return answer;
  throw new StartError(
    exitCodes.unavailable,
    text === ''
      ? 'the server ended before it answered, or serves too many operators at once; see its log'
      : 'the server gave an answer that this earshot does not understand; it may be of another version',
  );
}

function unreachable(folder: string, error: unknown): StartError {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return new StartError(
      exitCodes.noData,
      `only the owner of ${folder} may do that; run it as the server's system user`,
    );
  }
  const why = code === 'ENOENT' || code === 'ECONNREFUSED' ? '' : ` (${code})`;
  return new StartError(
    exitCodes.unavailable,
    `no server runs on the data folder ${folder}${why}; name another one with --data. Without a server these work: ` +
      'earshot passwd, tokens, backup, and earshot admin export',
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
