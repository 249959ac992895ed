import { parseOpening } from '../../protocol/chat10/request.ts';
import { parseVerbLine } from '../../protocol/chat11/parcel.ts';
import { beginsWithVerb } from '../../protocol/verbs/request.ts';
import type { Session } from '../connection/session.ts';
import { serveChat10 } from './chat10/chat10.ts';
import { serveChat11 } from './chat11/chat11.ts';
import { serveVerbs } from './verbs/verbs.ts';

/** The rest of a connection's life. */
type Serve = (session: Session) => Promise<void>;

/** What can be spoken on a connection. */
interface Protocol {
  readonly name: string;
  /** How to serve a connection whose first line this is; undefined when that line does not begin this protocol. */
  begin(firstLine: string): Serve | undefined;
}

/** The first row that knows a first line takes the connection. */
const protocols: readonly Protocol[] = [
  { name: 'CHAT/1.0', begin: beginChat10 },
  { name: 'CHAT/1.1', begin: beginChat11 },
  { name: 'verbs', begin: beginVerbs },
];

/** What a connection speaks whose first line this is, and how to serve it; undefined when nothing. */
export function protocolOf(firstLine: string): { readonly name: string; readonly serve: Serve } | undefined {
  for (const { name, begin } of protocols) {
    const serve = begin(firstLine);
    if (serve !== undefined) return { name, serve };
  }
  return undefined;
}

function beginChat10(firstLine: string): Serve | undefined {
  const opening = parseOpening(firstLine);
  return opening.kind === 'register' ? (session) => serveChat10(session, opening.name) : undefined;
}

function beginChat11(firstLine: string): Serve | undefined {
  return parseVerbLine(firstLine) === undefined ? undefined : (session) => serveChat11(session, firstLine);
}

function beginVerbs(firstLine: string): Serve | undefined {
  return beginsWithVerb(firstLine) ? (session) => serveVerbs(session, firstLine) : undefined;
}
