import type { exitCodes } from '../../exit-codes.ts';
import type { Operated } from './operated.ts';

/** An argument of a command, in the order of the command line. */
export interface Argument {
  readonly name: string;
  readonly summary: string;
  readonly isOptional?: boolean;
  /** It takes all words that are left, joined by spaces. */
  readonly takesRest?: boolean;
  /** The values it takes, if there are few. */
  readonly choices?: readonly string[];
}

/** An option with a value: `--for 2h`. */
export interface CommandOption {
  /** Without the hyphens. */
  readonly name: string;
  readonly value: string;
  readonly summary: string;
}

/** What was given, by the name of an argument or option; no value is empty. */
export type Values = Readonly<Record<string, string | undefined>>;

/** A command of `earshot admin`, which the running server executes. */
export interface OperatorCommand {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly Argument[];
  readonly options: readonly CommandOption[];
  /** Whether it changes something, which leaves an audit line. */
  readonly isAct: boolean;
  /** Runs in the server. Resolves with a result that JSON can hold; rejects with a `CommandError` to refuse. */
  run(server: Operated, values: Values): Promise<object>;
  /** Shows a result of `run` to people: lines with their ends. */
  show(result: never): string;
}

/** A command as it is declared: `show` gets what `run` resolved with, after JSON. */
interface Declared<Result extends object> {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly CommandOption[];
  readonly isAct?: boolean;
  run(server: Operated, values: Values): Promise<Result> | Result;
  show(result: Result): string;
}

export function command<Result extends object>(declared: Declared<Result>): OperatorCommand {
  const { run, show } = declared;
  return {
    ...{ arguments: [], options: [], isAct: false, ...declared },
    run: async (server, values) => run(server, values),
    show,
  };
}

export type ProblemCode = Extract<keyof typeof exitCodes, 'refused' | 'usage' | 'noUser'>;

/** Why a command was not done, for the operator; `code` names the exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The value of a required argument. */
export function required(values: Values, name: string): string {
  const value = values[name];
  if (value === undefined) throw new CommandError('usage', `${name} is missing`);
  return value;
}
