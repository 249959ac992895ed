import { formatTermList } from '../commands/term-list.ts';

/**
 * CHAT/1.0, server to client: the exact text of everything that the server sends. asn2 specifies the texts of
 * registration and disconnection; asn3's clients were written for those of its commands.
 */

export const registrationSuccessful = '200 Registration successful\n';
export const invalidRegistration = '400 Invalid registration\n';
export const alreadyRegistered = '401 Client already registered\n';
/** The name has an account, and its password is missing or wrong. */
export const passwordRequired = '403 Password required\n';
export const wrongPassword = '403 Wrong password\n';
export const tooManyWrongPasswords = (seconds: number): string =>
  `429 Too many wrong passwords; try again in ${seconds} s\n`;
export const tooManyLogins = '503 Too many logins at once; try again\n';
/** The name or the address is banned, or nobody new is let in; `why` is one line. */
export const notLetIn = (why: string): string => `423 ${why}\n`;
export const serverDisconnect = 'DISCONNECT CHAT/1.0\n';

export const userList = (names: Iterable<string>): string => `${[...names].join(', ')}\n`;
export const termList = (terms: Iterable<string>): string => `${formatTermList(terms)}\n`;

export const nowFollowing = (term: string): string => `Now following ${term}\n`;
export const noLongerFollowing = (term: string): string => `No longer following ${term}\n`;
export const messageSentTo = (name: string): string => `Message sent to ${name}\n`;
export const attachmentDistributed = (file: string): string =>
  `Attachment ${file} attached and distributed\n`;

/** Two spaces after the colon, as asn3's reference server has it. */
export const error = (what: string): string => `Error:  ${what}\n`;

export const wasAlreadyFollowing = (term: string): string => error(`Was already following ${term}`);
export const wasNotFollowing = (term: string): string => error(`Was not following ${term}`);
export const mustFollowAll: string = error('All users must follow @all');
export const cannotUnfollowYourself: string = error('Cannot unfollow yourself');
export const messageKeptFor = (name: string): string => `${name} is not online; the message is kept\n`;
export const notOnline = (name: string): string => error(`${name} is not online`);
export const attachmentNotSent = (file: string): string => error(`Attached file ${file} could not be sent`);
/** The same, once, for a client that may not know how files are sent. */
export const attachmentUnanswered = (file: string): string =>
  error(`Attached file ${file} could not be sent: your client did not answer ATTACH; it may not know files`);
export const invalidAttachmentHeader: string = error('Invalid attachment header');

export const chatLine = (sender: string, text: string): string => `@${sender}: ${text}\n`;
export const privateLine = (sender: string, text: string): string => `@${sender}: (private) ${text}\n`;
/** A private message in the history of its sender. */
export const privateLineTo = (sender: string, to: string, text: string): string =>
  `@${sender}: (private to ${to}) ${text}\n`;

/** Asks the sender of `!attach` for the bytes. */
export const attachRequest = (file: string): string => `ATTACH ${file} CHAT/1.0\n`;

/** Announces a file to an asn3 client; `bytes` raw bytes follow at once. */
export const attachmentNotice = (file: string, sender: string, bytes: number): string =>
  `ATTACHMENT ${file} CHAT/1.0\nOrigin: ${sender}\nContent-Length: ${bytes}\n`;

/** The same for a client that cannot take file bytes: a line of chat. */
export const attachmentLine = (file: string, sender: string, bytes: number): string =>
  chatLine(sender, `attached ${file} (${bytes} bytes)`);
