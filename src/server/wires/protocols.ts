import * as reply from '../../protocol/chat10/reply.ts';
import { greetingAnswer, isGreeting } from '../../protocol/chat11/greeting.ts';
import { type Failure, failure, formatFailure } from '../../protocol/chat11/response.ts';
import { decodeUtf8 } from '../../protocol/text.ts';
import type { Protocol, ProtocolTable } from '../connection/connection-session.ts';
import { type Chat10Services, chat10, rawChat10 } from './chat10/chat10.ts';
import { chat11 } from './chat11/chat11.ts';
import type { Chat11Services } from './chat11/responder.ts';
import { type VerbsServices, verbs } from './verbs/verbs.ts';

/**
 * The protocols that this server speaks. The first line of a connection chooses, in this order:
 *
 * | first line                          | protocol |
 * |-------------------------------------|----------|
 * | `REGISTER NAME CHAT/1.0`            | CHAT/1.0 |
 * | the start line of a CHAT/1.1 request, `VERB … CHAT/1.1` | CHAT/1.1 |
 * | `login`, `list`, `sendto`, `logout`, `exit` | verbs |
 * | the start line of an HTTP request, `GET /health HTTP/1.1` | HTTP |
 * | anything else                       | refused as an invalid registration |
 *
 * `REGISTER NAME CHAT/1.1?` before it asks what the server speaks, and chooses nothing.
 *
 * HTTP carries WebSockets (`carried`), and over those only CHAT/1.1 is spoken.
 *
 * A client that never sends line ends (raw) is known by its REGISTER, also misspelt, and by the silence after it.
 */
export function protocols(
  services: Chat10Services & Chat11Services & VerbsServices,
  http: Protocol,
): ProtocolTable {
  const greet = (line: string) => (isGreeting(line) ? greetingAnswer : undefined);
  const present = chat11(services);
  return {
    rows: [chat10(services), present, verbs(services), http],
    raw: rawChat10(services),
    greet,
    carried: {
      rows: [present],
      raw: { name: 'none', isOpening: () => false, begin: () => undefined },
      greet,
      refusal: formatted(failure(400, 'This is no request in CHAT/1.1')),
      refusalReason: () => 'not CHAT/1.1',
    },
    refusal: reply.invalidRegistration,
    refusalReason: (line) =>
      /^\s*REG[IE]STER\b/i.test(line) ? 'invalid registration' : 'invalid first line',
  };
}

const formatted = (refused: Failure): string => decodeUtf8(formatFailure(refused)) ?? '';
