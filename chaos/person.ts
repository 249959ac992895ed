import { createHash, randomBytes } from 'node:crypto';
import type { Client, Entry } from '../src/client/client.ts';
import { LostError, RefusedError } from '../src/client/errors.ts';
import { connect } from '../src/client-node/connect.ts';
import type { Send } from './history.ts';
import { idIn, type OpenReading, type Sending } from './recorder.ts';
import { password, type Scene, words } from './scene.ts';

const mostAtOnce = 6;
/** Several of them are more than fits into an outbox. */
const longText = 'long '.repeat(500);
const textsInFlood = 12;

/** A device of an account: a client of the library, which resumes over all its connections. */
export class Person {
  readonly name: string;
  readonly device: string;
  readonly #scene: Scene;
  readonly #client: Client;
  readonly #reading: OpenReading;
  /** Follows words for a while: one device of an account does. */
  readonly #changesFollows: boolean;
  #under = new Set<Promise<void>>();

  static async join(scene: Scene, name: string, number: number): Promise<Person> {
    const wire = await scene.openWire();
    const client = await connect(
      { host: '127.0.0.1', port: wire.port },
      { name, password, stateFolder: false, random: scene.random },
    );
    return new Person(scene, client, `${name}-${number}`, number === 0);
  }

  private constructor(scene: Scene, client: Client, device: string, changesFollows: boolean) {
    this.name = client.name;
    this.device = device;
    this.#scene = scene;
    this.#client = client;
    this.#changesFollows = changesFollows;
    const { recorder } = scene;
    const after = client.position;
    const reading = recorder.reading({ device, user: this.name, wire: 'library', kind: 'live', after });
    this.#reading = reading;
    client.on('message', (message) => this.#got(message, idIn(message.text)));
    client.on('attachment', (file) => this.#got(file, file.name));
    client.on('gap', (gap) => reading.gaps.push({ ...gap }));
    client.on('reset', () => reading.resets++);
    client.on('closed', ({ why }) => {
      if (why !== undefined) throw new Error(`${device} left: ${why}`);
    });
    scene.scope.after(() => client.close());
  }

  get isOnline(): boolean {
    return this.#client.state === 'online' && !this.#client.isCatchingUp;
  }

  get isWaiting(): boolean {
    return this.#under.size > 0;
  }

  reconnectNow(): void {
    this.#client.reconnectNow();
  }

  /** Begins to talk, until the scene is quiet. */
  talk(): void {
    void this.#talk();
  }

  hasGot({ id }: Send): boolean {
    return this.#reading.got.some((got) => got.id === id);
  }

  /** Ends the reading: nothing may be missing. */
  complete(): void {
    this.#reading.isComplete = true;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** A message to everybody. */
  async broadcast(): Promise<Send> {
    const send = this.#begin({ terms: ['@all'] });
    const { position } = await this.#client.broadcast(send.id);
    this.#scene.recorder.stored(send, position);
    return send;
  }

  #got(entry: Entry, id: string): void {
    const { from, to, position } = entry;
    this.#scene.recorder.got(this.#reading, { id, from, to, position });
  }

  async #talk(): Promise<void> {
    const { random } = this.#scene;
    while (!this.#scene.isQuiet) {
      await this.#scene.pause(30);
      if (this.#under.size >= mostAtOnce) await Promise.race(this.#under);
      if (this.#scene.isQuiet) return;
      const roll = random();
      if (roll < 0.01) this.#flood();
      else if (roll < 0.05) this.#attach();
      else if (roll < 0.15) this.#sayAlone();
      else if (roll < 0.18) this.#sayToAll();
      else if (roll < 0.22 && this.#changesFollows) this.#add(this.#changeFollow());
      else this.#say(this.#scene.chooseWords(), random() < 0.1 ? longText : '');
    }
  }

  #begin(sending: Omit<Sending, 'from' | 'device' | 'wire'>): Send {
    return this.#scene.recorder.send({ from: this.name, device: this.device, wire: 'library', ...sending });
  }

  #say(terms: readonly string[], more: string): void {
    const send = this.#begin({ terms });
    this.#follow(send, this.#client.send([...terms, more, send.id].filter((part) => part !== '').join(' ')));
  }

  #sayToAll(): void {
    const send = this.#begin({ terms: ['@all'] });
    this.#follow(send, this.#client.broadcast(send.id));
  }

  #flood(): void {
    const term = this.#scene.choose(words);
    for (let count = 0; count < textsInFlood; count++) this.#say([term], longText);
  }

  #sayAlone(): void {
    const { accounts, onVerbs, random } = this.#scene;
    const others = [...accounts.filter((name) => name !== this.name), ...onVerbs];
    const to = others[Math.floor(random() * others.length)] ?? 'nobody';
    const send = this.#begin({ to, terms: [] });
    this.#follow(send, this.#client.sendTo(to, `psst ${send.id}`));
  }

  #attach(): void {
    const bytes = randomBytes(1 + Math.floor(this.#scene.random() * 40_000));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const terms = this.#scene.chooseWords();
    const send = this.#begin({ terms, sha256 });
    this.#follow(send, this.#client.attach({ name: send.id, content: bytes }, { terms }));
  }

  async #changeFollow(): Promise<void> {
    const term = this.#scene.choose(words);
    const isFollow = this.#scene.random() < 0.5;
    const { recorder } = this.#scene;
    const change = recorder.follow(this.name, term, isFollow);
    try {
      if (isFollow) await this.#client.follow(term);
      else await this.#client.unfollow(term);
      change.endedMs = recorder.nowMs;
    } catch (error) {
      if (!(error instanceof LostError || error instanceof RefusedError)) throw error;
      // It is so already. After all else, a full disk too, it is the next change that tells.
      const isSo = error instanceof RefusedError && (error.code === 409 || error.code === 404);
      if (isSo) change.endedMs = recorder.nowMs;
    }
  }

  #follow(send: Send, sent: Promise<{ readonly position: number | undefined }>): void {
    const { recorder } = this.#scene;
    this.#add(
      sent.then(
        ({ position }) => recorder.stored(send, position),
        (error: unknown) => {
          if (error instanceof RefusedError) recorder.refused(send, error.message);
          else if (!(error instanceof LostError)) throw error;
        },
      ),
    );
  }

  #add(work: Promise<unknown>): void {
    const under: Promise<void> = work.then(() => void this.#under.delete(under));
    this.#under.add(under);
  }
}
