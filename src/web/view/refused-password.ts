import { ConnectError } from '../../client/errors.ts';

/** Says in words for people why the server did not take a password; `wrong` is said of one that is not the account's. */
export function refusedPassword(error: unknown, wrong?: string): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 426)
    return (
      'The server takes no password here, because nothing is encrypted on the way: others may have read yours. ' +
      `If the server has TLS, open https://${location.host}/ and choose another one.`
    );
  const isWrong = error instanceof ConnectError ? error.reason === 'wrong-password' : code === 403;
  return (isWrong ? wrong : undefined) ?? error.message;
}
