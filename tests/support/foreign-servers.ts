import { createServer, type Socket } from 'node:net';

/**
 * What a CHAT/1.0 server that others wrote does besides chatting, from its description alone. `crash` is what an
 * exception does to a server with one loop: it ends, for everybody.
 */
export interface Habit {
  readonly name: string;
  /** Takes an empty line, and the end of a connection, for something that it never thought of: crash. */
  readonly crashesOnEmpty?: boolean;
  /** Takes the second word of the first line for a name, whatever stands beside it. */
  readonly registersAnything?: boolean;
  /** Sends its own answers without a line end, and passes messages on without one. */
  readonly endsNoLines?: boolean;
  /** Takes what comes in one read for one message. */
  readonly takesReads?: boolean;
  /** Answers REGISTER when the empty line behind its headers has come. Knows what terms are. */
  readonly waitsForHeaders?: boolean;
  /** Knows REGISTER, DISCONNECT and lines of chat: crash at anything else. */
  readonly crashesOnUnknown?: boolean;
  /** Closes a connection that sends anything but ASCII. */
  readonly closesOnNonAscii?: boolean;
}

/** The seven that crashed or misled clients of ours; the first one is the reference server of asn2. */
export const habits: readonly Habit[] = [
  { name: 'crashes at an empty line and at an end without DISCONNECT', crashesOnEmpty: true },
  { name: 'registers whatever comes first', registersAnything: true },
  { name: 'ends no line', endsNoLines: true },
  { name: 'takes a read for a message', takesReads: true, crashesOnEmpty: true },
  { name: 'waits for a block of headers', waitsForHeaders: true },
  { name: 'crashes at words that it does not know', crashesOnUnknown: true, takesReads: true },
  { name: 'closes at a character that is no ASCII', closesOnNonAscii: true, crashesOnEmpty: true },
];

interface User {
  readonly name: string;
  readonly terms: Set<string>;
}

export async function startForeignServer(habit: Habit) {
  const users = new Map<Socket, User>();
  const sockets = new Set<Socket>();
  /** Every name that was ever registered. */
  const names: string[] = [];
  const firstLines: string[] = [];
  let crashes = 0;
  const crash = (): undefined => {
    crashes += 1;
    for (const socket of sockets) socket.destroy();
    server.close();
    return undefined;
  };
  const say = (socket: Socket, text: string): undefined => {
    socket.write(habit.endsNoLines ? text : `${text}\n`);
    return undefined;
  };

  function register(socket: Socket, words: readonly string[]): undefined {
    const [verb, name = '', version] = words;
    firstLines.push(words.join(' '));
    const isFine = habit.registersAnything
      ? words.length >= 2
      : words.length === 3 && verb === 'REGISTER' && version === 'CHAT/1.0';
    if (!isFine) {
      if (habit.crashesOnUnknown && verb !== 'REGISTER') return crash();
      say(socket, '400 Invalid registration');
      socket.end();
    } else if ([...users.values()].some((user) => user.name === name)) {
      say(socket, '401 Client already registered');
      socket.end();
    } else {
      users.set(socket, { name, terms: new Set([`@${name}`, '@all']) });
      names.push(name);
      if (!habit.waitsForHeaders) say(socket, '200 Registration successful');
    }
  }

  function take(socket: Socket, message: string): undefined {
    const user = users.get(socket);
    if (message.trim() === '' && habit.crashesOnEmpty) return crash();
    if (user === undefined) return register(socket, message.trim().split(/\s+/));
    if (message.startsWith('DISCONNECT')) {
      users.delete(socket);
      socket.end();
      return;
    }
    if (!message.startsWith('@') && habit.crashesOnUnknown) return crash();
    const term = /^@\S+: !follow (\S+)/.exec(message)?.[1];
    if (habit.waitsForHeaders && term !== undefined) {
      user.terms.add(term);
      return say(socket, `Now following ${term}`);
    }
    for (const [other, { terms }] of users) {
      const isFor = !habit.waitsForHeaders || message.split(/\s+/).some((word) => terms.has(word));
      if (other !== socket && isFor) say(other, message.trimEnd());
    }
  }

  function serve(socket: Socket): void {
    sockets.add(socket.on('error', () => {}));
    let rest = '';
    let headers = habit.waitsForHeaders === true;
    const takeLine = (line: string): undefined => {
      if (!headers || !users.has(socket)) return take(socket, line);
      const terms = /^Follow: (.*)/.exec(line)?.[1]?.split(',') ?? [];
      for (const term of terms) users.get(socket)?.terms.add(term);
      if (line !== '') return undefined;
      headers = false;
      return say(socket, '200 Registration successful');
    };
    socket.setNoDelay(true).on('data', (chunk: Buffer) => {
      if (habit.closesOnNonAscii && chunk.some((byte) => byte > 127)) {
        users.delete(socket);
        socket.destroy();
        return;
      }
      if (habit.takesReads) {
        take(socket, chunk.toString());
        return;
      }
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      // A client of a server without line ends may send none either.
      if (habit.endsNoLines && rest !== '') lines.push(rest);
      if (habit.endsNoLines) rest = '';
      for (const line of lines) takeLine(line);
    });
    socket.on('end', () => {
      if (habit.crashesOnEmpty && users.has(socket)) crash();
      socket.end();
    });
    socket.on('close', () => {
      users.delete(socket);
      sockets.delete(socket);
    });
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  return {
    port,
    address: `chat://127.0.0.1:${port}`,
    names,
    firstLines,
    get crashes() {
      return crashes;
    },
    online: () => [...users.values()].map(({ name }) => name),
    /** The server ends in order: it says goodbye to everybody. */
    goodbye() {
      for (const socket of users.keys()) {
        say(socket, 'DISCONNECT CHAT/1.0');
        socket.end();
      }
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
