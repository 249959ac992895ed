import * as reply from '../../protocol/chat10/reply.ts';
import type { ProtocolTable } from '../connection/connection-session.ts';
import { type Chat10Services, chat10 } from './chat10/chat10.ts';
import { chat11 } from './chat11/chat11.ts';
import type { Chat11Services } from './chat11/responder.ts';
import { type VerbsServices, verbs } from './verbs/verbs.ts';

/** The protocols that this server speaks, in the order in which they look at a connection's first line. */
export function protocols(services: Chat10Services & Chat11Services & VerbsServices): ProtocolTable {
  return { rows: [chat10(services), chat11(services), verbs(services)], refusal: reply.invalidRegistration };
}
