import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as reply from './reply.ts';

/** Every text that the server can send. A new one in reply.ts must be added here. */
const texts: { readonly [name in keyof typeof reply]: readonly [sent: string, exact: string] } = {
  attachmentUnanswered: [
    reply.attachmentUnanswered('note.txt'),
    'Error:  Attached file note.txt could not be sent: your client did not answer ATTACH; it may not know files\n',
  ],
  registrationSuccessful: [reply.registrationSuccessful, '200 Registration successful\n'],
  notLetIn: [reply.notLetIn('This name is banned'), '423 This name is banned\n'],
  invalidRegistration: [reply.invalidRegistration, '400 Invalid registration\n'],
  alreadyRegistered: [reply.alreadyRegistered, '401 Client already registered\n'],
  passwordRequired: [reply.passwordRequired, '403 Password required\n'],
  wrongPassword: [reply.wrongPassword, '403 Wrong password\n'],
  tooManyWrongPasswords: [
    reply.tooManyWrongPasswords(12),
    '429 Too many wrong passwords; try again in 12 s\n',
  ],
  tooManyLogins: [reply.tooManyLogins, '503 Too many logins at once; try again\n'],
  serverDisconnect: [reply.serverDisconnect, 'DISCONNECT CHAT/1.0\n'],
  userList: [reply.userList(['alice', 'bob']), 'alice, bob\n'],
  termList: [reply.termList(new Set(['apple', '@alice', '@all'])), 'apple, @alice, @all\n'],
  nowFollowing: [reply.nowFollowing('apple'), 'Now following apple\n'],
  noLongerFollowing: [reply.noLongerFollowing('apple'), 'No longer following apple\n'],
  messageSentTo: [reply.messageSentTo('bob'), 'Message sent to bob\n'],
  attachmentDistributed: [
    reply.attachmentDistributed('note.txt'),
    'Attachment note.txt attached and distributed\n',
  ],
  error: [reply.error('Something is wrong'), 'Error:  Something is wrong\n'],
  wasAlreadyFollowing: [reply.wasAlreadyFollowing('apple'), 'Error:  Was already following apple\n'],
  wasNotFollowing: [reply.wasNotFollowing('apple'), 'Error:  Was not following apple\n'],
  mustFollowAll: [reply.mustFollowAll, 'Error:  All users must follow @all\n'],
  cannotUnfollowYourself: [reply.cannotUnfollowYourself, 'Error:  Cannot unfollow yourself\n'],
  messageKeptFor: [reply.messageKeptFor('bob'), 'bob is not online; the message is kept\n'],
  notOnline: [reply.notOnline('bob'), 'Error:  bob is not online\n'],
  attachmentNotSent: [
    reply.attachmentNotSent('note.txt'),
    'Error:  Attached file note.txt could not be sent\n',
  ],
  invalidAttachmentHeader: [reply.invalidAttachmentHeader, 'Error:  Invalid attachment header\n'],
  chatLine: [reply.chatLine('alice', 'hello apple'), '@alice: hello apple\n'],
  privateLine: [reply.privateLine('alice', 'hello'), '@alice: (private) hello\n'],
  privateLineTo: [reply.privateLineTo('alice', 'bob', 'hello'), '@alice: (private to bob) hello\n'],
  attachRequest: [reply.attachRequest('note.txt'), 'ATTACH note.txt CHAT/1.0\n'],
  attachmentNotice: [
    reply.attachmentNotice('note.txt', 'alice', 18),
    'ATTACHMENT note.txt CHAT/1.0\nOrigin: alice\nContent-Length: 18\n',
  ],
  attachmentLine: [reply.attachmentLine('note.txt', 'alice', 18), '@alice: attached note.txt (18 bytes)\n'],
};

for (const [name, [sent, exact]] of Object.entries(texts)) {
  it(`sends ${JSON.stringify(exact)} as ${name}`, () => assert.equal(sent, exact));
}

it('has every text in the table above', () => {
  assert.deepEqual(Object.keys(texts).sort(), Object.keys(reply).sort());
});
