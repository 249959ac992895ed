import { ParcelClient, type ReadParcel } from '../tests/support/parcel-client.ts';
import type { Send } from './history.ts';
import { idIn, type OpenReading } from './recorder.ts';
import { password, type Scene } from './scene.ts';

const mostAtOnce = 24;
const events = new Set(['MESSAGE', 'ATTACHMENT', 'CAUGHT-UP', 'GAP', 'RESET', 'NOTICE', 'DISCONNECT']);

/**
 * Speaks CHAT/1.1 by nothing but docs/protocol.md: sends many texts without waiting, repeats those without an answer under
 * the same `Id` on the next connection, and continues where it stopped by `Since`.
 */
export class Pipeliner {
  readonly name: string;
  readonly #device: string;
  readonly #scene: Scene;
  readonly #reading: OpenReading;
  /** In the order in which they were sent first. */
  #unanswered: Send[] = [];
  /** Of this connection, in the order of the requests. */
  #awaited: Send[] = [];
  #cursor: { position: number; readonly epoch: string };
  /** From where this connection caught up. */
  #since = 0;
  #client: ParcelClient | undefined;
  #running: Promise<void> = Promise.resolve();

  static async join(scene: Scene, name: string): Promise<Pipeliner> {
    const wire = await scene.openWire();
    const { client, answer } = await ParcelClient.enter(scene.scope, wire, `LOGIN ${name}`, {
      Password: password,
    });
    const { Position: position = '0', Epoch: epoch = '' } = answer.headers;
    client.wire.close();
    return new Pipeliner(scene, name, wire, { position: Number(position), epoch });
  }

  readonly #wire: { readonly port: number };

  private constructor(
    scene: Scene,
    name: string,
    wire: { readonly port: number },
    cursor: { position: number; readonly epoch: string },
  ) {
    this.name = name;
    this.#device = `${name}-raw`;
    this.#scene = scene;
    this.#wire = wire;
    this.#cursor = cursor;
    const { position: after } = cursor;
    const of = { device: this.#device, user: name, wire: 'CHAT/1.1', kind: 'live', after } as const;
    this.#reading = scene.recorder.reading(of);
  }

  talk(): void {
    this.#running = this.#run();
  }

  get isWaiting(): boolean {
    return this.#unanswered.length > 0;
  }

  hasGot({ id }: Send): boolean {
    return this.#reading.got.some((got) => got.id === id);
  }

  complete(): void {
    this.#reading.isComplete = true;
  }

  async close(): Promise<void> {
    this.#client?.wire.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#scene.isOver) {
      try {
        await this.#connected();
      } catch {
        // The connection is gone.
      }
      this.#client?.wire.close();
      this.#client = undefined;
      await this.#scene.pause(60);
    }
  }

  /** From the login to the end of the connection. */
  async #connected(): Promise<void> {
    const { position: since, epoch } = this.#cursor;
    const headers = { Password: password, Since: since, Epoch: epoch };
    const entered = await ParcelClient.enter(this.#scene.scope, this.#wire, `LOGIN ${this.name}`, headers);
    if (entered.answer.start !== '200 Logged in') return;
    const { client } = entered;
    this.#client = client;
    this.#since = since;
    this.#awaited = [];
    for (const send of this.#unanswered) this.#request(send);
    const talking = this.#talk(client);
    try {
      while (!this.#scene.isOver) this.#take(await client.next());
    } finally {
      client.wire.close();
      await talking;
    }
  }

  async #talk(client: ParcelClient): Promise<void> {
    while (!this.#scene.isQuiet && !client.wire.socket.destroyed) {
      await this.#scene.pause(40);
      while (!this.#scene.isQuiet && this.#unanswered.length < mostAtOnce) {
        const terms = this.#scene.chooseWords();
        const { name: from } = this;
        const send = this.#scene.recorder.send({ from, device: this.#device, wire: 'CHAT/1.1', terms });
        this.#unanswered.push(send);
        this.#request(send);
        if (this.#scene.random() < 0.3) break;
      }
    }
    // Whoever is silent for too long is given up: by the server, and by us.
    while (!this.#scene.isOver && !client.wire.socket.destroyed) {
      client.send('PING');
      await this.#scene.pause(2_000);
    }
  }

  #request(send: Send): void {
    this.#awaited.push(send);
    this.#client?.send('SEND', { Id: send.id }, `${send.terms.join(' ')} ${send.id}`);
  }

  #take({ start, headers, body }: ReadParcel): void {
    const [verb = ''] = start.split(' ');
    if (!events.has(verb)) this.#answered(start, headers);
    else if (verb === 'MESSAGE') this.#got(headers, idIn(body));
    else if (verb === 'ATTACHMENT') this.#got(headers, headers.Name ?? '');
    else if (verb === 'CAUGHT-UP') this.#moveTo(this.#since + Number(headers.Of));
    else if (verb === 'GAP') {
      const gap = { from: Number(headers.From), to: Number(headers.To) };
      this.#reading.gaps.push(gap);
      this.#moveTo(gap.to);
    } else if (verb === 'RESET') this.#reading.resets++;
  }

  #got({ From: from = '', To: to, Position: position }: ReadParcel['headers'], id: string): void {
    const isOwn = from === this.name && this.#scene.recorder.isOf(id, this.#device);
    this.#moveTo(Number(position));
    // It knows those by the position in their responses; here by what it has sent.
    if (isOwn) return;
    this.#scene.recorder.got(this.#reading, { id, from, to, position: Number(position) });
  }

  #moveTo(position: number): void {
    this.#cursor.position = Math.max(this.#cursor.position, position);
  }

  #answered(start: string, { Position: position, 'Retry-After': retryAfter }: ReadParcel['headers']): void {
    if (start === '200 Pong') return;
    const send = this.#awaited.shift();
    if (send === undefined) throw new Error(`an answer to nothing: ${start}`);
    const code = Number(start.split(' ')[0]);
    // It may be stored later: it is repeated on the next connection, which keeps the order of requests simple.
    if (code >= 500 || retryAfter !== undefined) {
      this.#client?.wire.close();
      return;
    }
    this.#unanswered = this.#unanswered.filter((one) => one !== send);
    if (code === 200) this.#scene.recorder.stored(send, Number(position));
    else this.#scene.recorder.refused(send, start);
  }
}
