/** Verbs (CS3560), server to client: every line the server sends, exactly. */

export const ok = 'RESPONSE ok\n';
export const failure = 'RESPONSE failure\n';
export const malformed = 'RESPONSE malformed\n';

export const userList = (names: Iterable<string>): string => `${['LIST', ...names].join(' ')}\n`;

export const delivery = (sender: string, text: string): string => `SENDTO ${sender} ${text}\n`;

/** A file, of which these clients can take no more than the news. */
export const attachment = (sender: string, file: string, bytes: number): string =>
  delivery(sender, `attached ${file} (${bytes} bytes)`);
