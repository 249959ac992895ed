/**
 * Telnet's commands (RFC 854, RFC 855) among the bytes of a line protocol. They begin with byte 255, which no UTF-8
 * has. The server has no options, so it refuses each that a client asks for or offers.
 */

const iac = 255;
const subnegotiationEnd = 240;
const subnegotiation = 250;
const will = 251;
const wont = 252;
const does = 253;
const dont = 254;
/** After Ctrl-C a client shows nothing until this option is answered (RFC 860). */
const timingMark = 6;

/**
 * Returns `line` without telnet's commands. The end of the line ends a command that is not complete. A byte 255 with no
 * command behind it is what is left of one whose rest came as urgent data, which never arrives here. It is removed where
 * clients leave it: at the start of the line and next to a command. Elsewhere it stays, and makes the line invalid.
 */
export function stripTelnet(line: Uint8Array): Uint8Array {
  const kept = new Uint8Array(line.length);
  let length = 0;
  let commandEnd = 0;
  for (let at = 0; at < line.length; ) {
    const found = line.indexOf(iac, at);
    if (found < 0) {
      kept.set(line.subarray(at), length);
      return kept.subarray(0, length + line.length - at);
    }
    const end = endOfCommand(line, found);
    const isLone = end === found + 1 && found !== commandEnd && line[end] !== iac;
    if (!isLone) commandEnd = end;
    const part = line.subarray(at, isLone ? end : found);
    kept.set(part, length);
    length += part.length;
    at = end;
  }
  return kept.subarray(0, length);
}

function endOfCommand(bytes: Uint8Array, start: number): number {
  const command = bytes[start + 1];
  if (command !== subnegotiation) return start + knownLength(command);
  for (let at = bytes.indexOf(iac, start + 2); at >= 0; at = bytes.indexOf(iac, at + 2))
    if (bytes[at + 1] === subnegotiationEnd) return at + 2;
  return bytes.length;
}

/** The length of a command with this second byte; for a subnegotiation, of its beginning; 1 when that is no command. */
function knownLength(command: number | undefined): number {
  if (command === undefined || command < subnegotiationEnd || command === iac) return 1;
  return takesOption(command) ? 3 : 2;
}

function takesOption(command: number): boolean {
  return command >= will && command <= dont;
}

/** Answers telnet's commands on one connection: each option once, and the timing mark each time that it is asked for. */
export class TelnetAnswers {
  /** How many bytes of the current line have been searched. */
  #searched = 0;
  /** What was answered: at most two commands for each of the 256 options. */
  #answered: Set<number> | undefined;

  /**
   * Call it with the whole current line as far as it has come. Returns the answer to the commands that came since the
   * last call; undefined when they need none.
   */
  answer(line: Uint8Array): Uint8Array | undefined {
    const answer: number[] = [];
    let isMarked = false;
    for (;;) {
      const at = line.indexOf(iac, this.#searched);
      this.#searched = at < 0 ? line.length : at;
      const command = line[at + 1];
      if (at < 0 || command === undefined) break;
      const length = knownLength(command);
      if (at + length > line.length) break;
      this.#searched = at + length;
      const option = line[at + 2];
      if (option === undefined || (command !== will && command !== does)) continue;
      if (command === does && option === timingMark) isMarked = true;
      else if (this.#isNew(command, option)) answer.push(iac, command === will ? dont : wont, option);
    }
    if (isMarked) answer.push(iac, wont, timingMark);
    return answer.length === 0 ? undefined : Uint8Array.from(answer);
  }

  /** The current line is taken, and the next one begins. */
  endLine(): void {
    this.#searched = 0;
  }

  #isNew(command: number, option: number): boolean {
    this.#answered ??= new Set();
    const key = command * 256 + option;
    if (this.#answered.has(key)) return false;
    this.#answered.add(key);
    return true;
  }
}
