import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export type WireName = 'CHAT/1.0' | 'CHAT/1.1' | 'verbs';

/** How one finds out that everything before was answered: by the answer to something that is always answered alike. */
const markers: { readonly [wire in WireName]: { readonly ask: string; readonly answer: RegExp } } = {
  'CHAT/1.0': { ask: '!done\n', answer: /Error: {2}Unknown command "!done"[^\n]*\n$/ },
  'CHAT/1.1': { ask: 'PING CHAT/1.1\n\n', answer: /200 Pong\n\n$/ },
  verbs: { ask: 'list\n', answer: /(?:^|\n)LIST[^\n]*\n$/ },
};

const keptCharacters = 4096;
let guests = 0;

/** A connection to the server that is measured. */
export class Talker {
  readonly wire: WireName;
  readonly name = `n${++guests}`;
  readonly #socket: Socket;
  #head = '';
  #tail = '';
  #lines = 0;
  #isClosed = false;
  #changed = (): void => {};

  private constructor(wire: WireName, socket: Socket) {
    this.wire = wire;
    this.#socket = socket;
    const close = (): void => {
      this.#isClosed = true;
      socket.destroy();
      this.#changed();
    };
    socket.on('data', (bytes) => this.#hear(Buffer.from(bytes)));
    socket.on('end', close).on('error', close).on('close', close);
  }

  static async connect(wire: WireName, port: number): Promise<Talker> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Talker(wire, socket);
  }

  /** Somebody who is let in, and follows nothing that is said here. */
  static async enter(wire: WireName, port: number): Promise<Talker> {
    const talker = await Talker.connect(wire, port);
    const { name } = talker;
    await talker.ask(
      {
        'CHAT/1.0': `REGISTER ${name} CHAT/1.0\nFollow: zzz\n\n`,
        'CHAT/1.1': `REGISTER ${name} CHAT/1.1\nFollow: zzz\n\n`,
        verbs: `login ${name}\n`,
      }[wire],
    );
    return talker;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Lines heard so far. */
  get lines(): number {
    return this.#lines;
  }

  /** The beginning of what `request` is answered with, once that is over; or of the last words of a server that hangs up. */
  async ask(request: string): Promise<string> {
    const { ask, answer } = markers[this.wire];
    await this.tell(request + ask, () => answer.test(this.#tail));
    return this.#head.replace(answer, '');
  }

  /** Sends `bytes`, and hears what comes until `isOver`, or until the server hangs up. */
  async tell(bytes: string, isOver: () => boolean): Promise<string> {
    this.#head = '';
    this.#tail = '';
    if (bytes !== '') this.#socket.write(bytes);
    while (!this.#isClosed && !isOver()) await this.#more();
    return this.#head;
  }

  /** The last of what was heard since `tell` or `ask`. */
  get tail(): string {
    return this.#tail;
  }

  /** Gives up its name at once, which the server would keep for a while after a broken connection. */
  async leave(): Promise<void> {
    if (this.wire === 'CHAT/1.1') await this.tell('DISCONNECT CHAT/1.1\n\n', () => false);
    else this.#socket.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer; heard last: ${this.#tail}`)), 20_000);
      this.#changed = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  #hear(bytes: Buffer): void {
    if (this.#head.length < keptCharacters) this.#head += bytes.toString('utf8', 0, keptCharacters);
    this.#tail = (this.#tail + bytes.toString('latin1', Math.max(0, bytes.length - 300))).slice(-300);
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) this.#lines++;
    this.#changed();
  }
}

/** How many lines one message has: a text, or a file with two bytes, an LF among them. */
interface Lines {
  readonly text: number;
  readonly file: number;
}

const linesOf = {
  line: { text: 1, file: 1 },
  file: { text: 1, file: 4 },
  parcel: { text: 7, file: 10 },
} as const;

/** Who gets what is said: to begin with, one for each way in which it can look. */
export class Listeners {
  readonly #members: { readonly talker: Talker; readonly lines: Lines; before: number }[] = [];

  static async enter(port: number): Promise<Listeners> {
    const listeners = new Listeners();
    const lines = await Talker.connect('CHAT/1.0', port);
    const files = await Talker.connect('CHAT/1.0', port);
    const parcels = await Talker.connect('CHAT/1.1', port);
    const verbs = await Talker.connect('verbs', port);
    await lines.ask(`REGISTER ${lines.name} CHAT/1.0\n`);
    await files.ask(`REGISTER ${files.name} CHAT/1.0\n\n`);
    await parcels.ask(`REGISTER ${parcels.name} CHAT/1.1\n\n`);
    await verbs.ask(`login ${verbs.name}\n`);
    listeners.add(lines, 'line');
    listeners.add(files, 'file');
    listeners.add(parcels, 'parcel');
    listeners.add(verbs, 'line');
    return listeners;
  }

  add(talker: Talker, as: keyof typeof linesOf): void {
    this.#members.push({ talker, lines: linesOf[as], before: 0 });
  }

  /** Whom the private messages of `wire` go to. */
  nameOn(wire: WireName): string {
    return this.#members.find(({ talker }) => talker.wire === wire)?.talker.name ?? '';
  }

  /** From here on it is counted. */
  begin(): void {
    for (const member of this.#members) member.before = member.talker.lines;
  }

  /** All have got one text, or one file, since `begin`; or only whom `nameOn` gives for `wire`. */
  async heard(what: keyof Lines, wire?: WireName): Promise<void> {
    const name = wire === undefined ? undefined : this.nameOn(wire);
    for (const { talker, lines, before } of this.#members) {
      if (name !== undefined && talker.name !== name) continue;
      await talker.tell('', () => talker.lines >= before + lines[what]);
    }
  }
}
