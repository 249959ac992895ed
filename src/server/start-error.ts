/** Why a server or an admin command cannot run: one line for the operator, and the exit code. */
export class StartError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}
