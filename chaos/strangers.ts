import { WireClient } from '../tests/support/wire-client.ts';
import type { Send } from './history.ts';
import { idIn, isId, type OpenReading } from './recorder.ts';
import { type Scene, words } from './scene.ts';

/** A client of an old protocol, which knows no accounts: on each connection it is another guest. */
export abstract class Stranger {
  protected readonly scene: Scene;
  readonly #label: string;
  readonly #wire: { readonly port: number };
  #connections = 0;
  #client: WireClient | undefined;
  /** What it reads now. */
  protected reading: OpenReading | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(scene: Scene, label: string, wire: { readonly port: number }) {
    this.scene = scene;
    this.#label = label;
    this.#wire = wire;
  }

  talk(): void {
    this.#running = this.#run();
  }

  /** What it sends is answered on the same connection or never. */
  get isWaiting(): boolean {
    return false;
  }

  /** Also when it came after the message, on a connection that will never get it. */
  hasGot({ id, beganMs }: Send): boolean {
    const { reading } = this;
    return reading === undefined || reading.beganMs > beganMs || reading.got.some((got) => got.id === id);
  }

  /** What it reads on the connection that it has now lacks nothing. */
  complete(): void {
    if (this.reading !== undefined) this.reading.isComplete = true;
  }

  async close(): Promise<void> {
    this.#client?.close();
    await this.#running;
  }

  /** Logs in as `name`. */
  protected abstract enter(client: WireClient, name: string): Promise<void>;
  /** Says something. */
  protected abstract say(client: WireClient, name: string): void;
  protected abstract take(line: string): void;
  protected abstract left(name: string): void;

  async #run(): Promise<void> {
    while (!this.scene.isOver) {
      const name = `${this.#label}${this.#connections++}`;
      try {
        const client = await WireClient.connect(this.scene.scope, this.#wire);
        this.#client = client;
        await this.enter(client, name);
        const talking = this.#talk(client, name);
        try {
          while (!this.scene.isOver) this.take(await client.line());
        } finally {
          client.close();
          await talking;
        }
      } catch {
        // The connection is gone.
      }
      this.left(name);
      this.#client?.close();
      this.reading = undefined;
      await this.scene.pause(80);
    }
  }

  async #talk(client: WireClient, name: string): Promise<void> {
    while (!this.scene.isQuiet && !client.socket.destroyed) {
      await this.scene.pause(60);
      if (!this.scene.isQuiet) this.say(client, name);
    }
  }
}

/** A guest over CHAT/1.0, who follows two words. Nothing that they say is acknowledged. */
export class Chat10Guest extends Stranger {
  protected async enter(client: WireClient, name: string): Promise<void> {
    const { recorder } = this.scene;
    if ((await client.ask(`REGISTER ${name} CHAT/1.0`)) !== '200 Registration successful')
      throw new Error('not let in');
    this.reading = recorder.reading({
      ...({ device: name, user: name, wire: 'CHAT/1.0', kind: 'live' } as const),
      after: undefined,
    });
    for (const term of new Set([this.scene.choose(words), this.scene.choose(words)])) {
      const change = recorder.follow(name, term, true);
      client.send(`!follow ${term}\n`);
      for (let line = await client.line(); line !== `Now following ${term}`; line = await client.line())
        this.take(line);
      change.endedMs = recorder.nowMs;
    }
  }

  protected say(client: WireClient, name: string): void {
    const terms = this.scene.random() < 0.1 ? ['@all'] : this.scene.chooseWords();
    const send = this.scene.recorder.send({ from: name, device: name, wire: 'CHAT/1.0', terms });
    client.send(`${terms.join(' ')} ${send.id}\n`);
  }

  protected take(line: string): void {
    const [, from = '', text = ''] = /^@([^:]+): (.*)$/.exec(line) ?? [];
    const id = idIn(text);
    // A file is told of in another form, to those who can take one.
    if (this.reading === undefined || !isId(id)) return;
    this.scene.recorder.got(this.reading, { id, from, to: undefined, position: undefined });
  }

  protected left(): void {}
}

/** A guest over verbs, who says everything to one person, with an answer. */
export class VerbsGuest extends Stranger {
  #awaited: Send[] = [];

  protected async enter(client: WireClient, name: string): Promise<void> {
    this.#awaited = [];
    const of = { device: name, user: name, wire: 'verbs', kind: 'live', after: undefined } as const;
    if ((await client.ask(`login ${name}`)) !== 'RESPONSE ok') throw new Error('not let in');
    this.reading = this.scene.recorder.reading(of);
    this.scene.onVerbs.add(name);
  }

  protected say(client: WireClient, name: string): void {
    const [first = '', ...others] = this.scene.accounts;
    const to = this.scene.choose([first, ...others]);
    const send = this.scene.recorder.send({ from: name, device: name, wire: 'verbs', to, terms: [] });
    this.#awaited.push(send);
    client.send(`sendto ${to} hello ${send.id}\n`);
  }

  protected take(line: string): void {
    const { recorder } = this.scene;
    if (line.startsWith('RESPONSE ')) {
      const send = this.#awaited.shift();
      // A failure says that nobody got it, because the receiver has left. An account finds it in its history all the same.
      if (send !== undefined && line === 'RESPONSE ok') recorder.stored(send, undefined);
      return;
    }
    const [, from = '', text = ''] = /^SENDTO ([^ ]+) (.*)$/.exec(line) ?? [];
    const id = idIn(text);
    if (this.reading === undefined || !isId(id)) return;
    recorder.got(this.reading, { id, from, to: undefined, position: undefined });
  }

  protected left(name: string): void {
    this.scene.onVerbs.delete(name);
  }
}
