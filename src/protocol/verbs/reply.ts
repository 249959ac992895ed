/** Verbs (CS3560), server to client: the exact lines that the server sends. */

import { operatorName } from '../names.ts';

export const ok = 'RESPONSE ok\n';
export const failure = 'RESPONSE failure\n';
export const malformed = 'RESPONSE malformed\n';

export const userList = (names: Iterable<string>): string => `${['LIST', ...names].join(' ')}\n`;

export const delivery = (sender: string, text: string): string => `SENDTO ${sender} ${text}\n`;

/** From the operator, or from the server itself. */
export const fromServer = (text: string): string => delivery(operatorName, text);

/** Who asks is not let in; `why` is one line. */
export const notLetIn = (why: string): string => failure + fromServer(why);

/** Announces a file; these clients cannot receive its bytes. */
export const attachment = (sender: string, file: string, bytes: number): string =>
  delivery(sender, `attached ${file} (${bytes} bytes)`);
