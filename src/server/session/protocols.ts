import { parseOpening } from '../../protocol/chat10/request.ts';
import { parseVerbLine } from '../../protocol/chat11/parcel.ts';
import { beginsWithVerb } from '../../protocol/verbs/request.ts';
import { serveChat10 } from './chat10/chat10.ts';
import { serveChat11 } from './chat11/chat11.ts';
import type { Session } from './session.ts';
import { serveVerbs } from './verbs/verbs.ts';

/** What can be spoken on a connection. */
interface Protocol {
  readonly name: string;
  /** Whether a connection whose first line this is speaks it. */
  begins(firstLine: string): boolean;
  /** The rest of the connection's life. */
  serve(session: Session, firstLine: string): Promise<void>;
}

/** The first row that knows a first line takes the connection. */
const protocols: readonly Protocol[] = [
  { name: 'CHAT/1.0', begins: (line) => parseOpening(line).kind === 'register', serve: serveChat10 },
  { name: 'CHAT/1.1', begins: (line) => parseVerbLine(line) !== undefined, serve: serveChat11 },
  { name: 'verbs', begins: beginsWithVerb, serve: serveVerbs },
];

/** What a connection speaks whose first line this is; undefined when nothing. */
export function protocolOf(firstLine: string): Protocol | undefined {
  return protocols.find(({ begins }) => begins(firstLine));
}
