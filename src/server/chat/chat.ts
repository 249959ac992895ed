import type { Registry } from '../users/registry.ts';
import type { Audiences } from './audiences.ts';
import type { Files } from './files.ts';
import type { History } from './history.ts';
import type { Logins } from './logins.ts';
import type { Messages } from './messages.ts';
import type { OwnAccount } from './own-account.ts';

/**
 * What a chat does, whatever protocol a peer speaks. A protocol parses a request, calls one of these, and shows the
 * outcome. What a user follows is a method of `ChatUser`.
 */
export interface Chat {
  readonly logins: Logins;
  readonly ownAccount: OwnAccount;
  readonly messages: Messages;
  readonly history: History;
  readonly files: Files;
  readonly audiences: Audiences;
  readonly registry: Registry;
}
