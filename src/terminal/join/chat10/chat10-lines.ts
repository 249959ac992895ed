import type { Line } from '../../line.ts';
import { isRefusal } from '../../screen.ts';

/** Users of servers that others wrote may have names with other letters than ours. */
const said = /^@[^\s:]{1,64}:/u;

/**
 * Forms a line of a CHAT/1.0 server for a terminal. `@bob: …` is what bob said; no notice of ours begins with `@`. Any
 * other line is the server's own, an answer to a command perhaps, and gets these words in front, because it could be a
 * sentence of ours: `The server says: Now following apple`.
 */
export function chat10Shown(line: string): Line {
  const name = said.exec(line)?.[0];
  if (name !== undefined) return [{ text: name, style: 'name' }, { text: line.slice(name.length) }];
  const style = isRefusal(line) ? ({ style: 'problem' } as const) : {};
  return [
    { text: 'The server says: ', style: 'quiet' },
    { text: line, ...style },
  ];
}
