import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { systemClock } from '../../src/scheduling/clock.ts';
import { elapsed } from '../../src/scheduling/elapsed.ts';
import { HiddenLines } from '../../src/terminal/join/account/hidden-lines.ts';
import { Conversation } from '../../src/terminal/join/conversation/conversation.ts';
import { Progress } from '../../src/terminal/join/files/progress.ts';
import { firstSettings } from '../../src/terminal/join/session/settings.ts';
import type { PromptScreen } from '../../src/terminal/prompt-screen.ts';
import { earshot } from '../faces/joiner.ts';
import { type BadPath, type Transport, transports } from '../support/bad-path.ts';
import { FakeScreen } from '../support/fake-screen.ts';
import { Pty, ptyMissing, quoted, untimed } from '../support/pty.ts';
import { randomFrom } from '../support/random.ts';
import { makeAccounts } from '../support/server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * Restarts of real server processes under the users of `join`, accounts and guests. By default three servers go away 4
 * times each, mostly for 0.5 to 1.5 s, and once for longer: the back-off of a client knows how long an outage has
 * lasted, not how many there were, so the short ones cover the races of going and coming, the long ones the patience.
 * Half of the people are there over UDP that loses a tenth.
 * With EARSHOT_AWAY_S=60, five servers go away 40 times each for 0.5 to 60 s; that takes half an hour.
 */
const longestAwayS = process.env.EARSHOT_AWAY_S;
const servers = longestAwayS === undefined ? 3 : 5;
const conversationsPerServer = 4;
const restarts = Number(process.env.EARSHOT_RESTARTS ?? (longestAwayS === undefined ? 12 : 200));
/** The long gaps of the servers, in seconds; all others are short. */
const longGapsS = [[10], [5], []] as const;
const givenSeed = process.env.EARSHOT_TEST_SEED;
const password = 'correct horse';

test('nobody who is in join leaves while servers restart, and nothing they type is lost or said twice', async (context) => {
  const seed = givenSeed === undefined ? randomInt(1, 2 ** 31) : Number(givenSeed);
  context.diagnostic(`EARSHOT_TEST_SEED=${seed}`);
  const random = randomFrom(seed);
  const each = Math.ceil(restarts / servers);
  const beganMs = performance.now();
  const runs = Array.from({ length: servers }, async (_, number) => {
    const town = await Town.open(context, random, number);
    await town.restart(gapsS(number, each, random));
    return town.check();
  });
  const said = (await Promise.all(runs)).reduce((sum, count) => sum + count, 0);
  const tookS = Math.round((performance.now() - beganMs) / 1_000);
  context.diagnostic(`${each * servers} restarts in ${tookS} s, ${said} lines typed, each said once`);
});

function gapsS(number: number, count: number, random: () => number): number[] {
  const between = (least: number, most: number) => least + random() * (most - least);
  if (longestAwayS !== undefined) {
    return Array.from({ length: count }, () => between(0.5, Number(longestAwayS)));
  }
  const long = longGapsS[number]?.slice(0, count - 1) ?? [];
  const short = Array.from({ length: count - long.length }, () => between(0.5, 1.5));
  return [...short.slice(0, count >> 2), ...long, ...short.slice(count >> 2)];
}

/** A server, and people who are in its chat all the time. */
class Town {
  readonly #context: TestContext;
  readonly #random: () => number;
  readonly #args: readonly string[];
  #server: ServerProcess;
  #people: Person[] = [];
  #terminal: Pty | undefined;

  static async open(context: TestContext, random: () => number, number: number): Promise<Town> {
    const folder = await temporaryFolder(context);
    const names = Array.from({ length: conversationsPerServer }, (_, i) => `user${i}`);
    const owners = new Set(names.filter((_, i) => i % 2 === 0));
    await makeAccounts(folder, Object.fromEntries([...owners].map((name) => [name, password])));
    const args = ['--data', folder, '--message-rate', '0', '--port', `${await freePort(random)}`];
    const town = new Town(context, random, args, await startServerProcess(context, args));
    town.#people = await Promise.all(
      names.map((name, i) =>
        Person.join(context, town.#server, name, owners.has(name), transports[i < names.length / 2 ? 0 : 1]),
      ),
    );
    if (number < 2 && ptyMissing === false) await town.#openTerminal();
    return town;
  }

  private constructor(
    context: TestContext,
    random: () => number,
    args: readonly string[],
    server: ServerProcess,
  ) {
    this.#context = context;
    this.#random = random;
    this.#args = args;
    this.#server = server;
  }

  async restart(gaps: readonly number[]): Promise<void> {
    for (const gapS of gaps) {
      // Lines are under way when the server goes, while it is away, and when it is back.
      for (const person of this.#people) if (this.#random() < 0.5) person.cutNextAnswer();
      this.#type();
      assert.equal(await this.#server.end('SIGTERM'), 0);
      this.#type();
      await elapsed(systemClock, gapS * 1_000);
      this.#server = await startServerProcess(this.#context, this.#args);
      this.#type();
      // Some do not wait for the next attempt.
      for (const person of this.#people) if (this.#random() < 0.5) person.pressEnter();
      await elapsed(systemClock, this.#random() * 500);
    }
  }

  /** Ends the conversations. Returns how many lines were typed. */
  async check(): Promise<number> {
    await Promise.all(this.#people.map((person) => person.allConfirmed()));
    const typed = this.#people.flatMap((person) => person.typed);
    await Promise.all(this.#people.map((person) => person.hasHeard(typed.length)));
    for (const person of this.#people) person.check(this.#people);
    if (this.#terminal !== undefined) {
      const terminal = this.#terminal;
      terminal.type('\r');
      const draft = '> a draft';
      await terminal.waitFor('the draft', ({ rows }) => untimed(rows).includes(draft));
    }
    return typed.length;
  }

  #type(): void {
    for (const person of this.#people) {
      const count = Math.floor(this.#random() * 3);
      for (let i = 0; i < count; i++) person.type();
    }
  }

  async #openTerminal(): Promise<void> {
    const words = [process.execPath, earshot, 'join', 'draft', `chat://127.0.0.1:${this.#server.port}`];
    const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, {
      cwd: await temporaryFolder(this.#context),
    });
    this.#context.after(() => pty.close());
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    pty.type('a draft');
    this.#terminal = pty;
  }
}

/** A conversation of `join` over a real client, with a screen that remembers. */
class Person {
  readonly name: string;
  readonly typed: string[] = [];
  readonly #screen: FakeScreen;
  readonly #conversation: Conversation;
  readonly #wire: BadPath['wire'];
  readonly #lines: Promise<void>[] = [];
  #hasLeft = false;

  static async join(
    context: TestContext,
    server: ServerProcess,
    name: string,
    isOwner: boolean,
    { open }: Transport,
  ): Promise<Person> {
    const { wire, address } = await open(context, server);
    const secret = isOwner ? { password } : {};
    const client = await connect(address, { name, ...secret, stateFolder: false, follow: ['said'] });
    context.after(() => client.close());
    const screen = new FakeScreen();
    const joining = {
      ...{ name, address, follow: [], settings: firstSettings, rate: 0, clock: systemClock },
      ...({ downloads: { path: '', isDefault: false }, accept: 'none', acceptBytes: undefined } as const),
      leaving: new AbortController(),
    };
    // It only hides typing, which nobody does here.
    const hiddenLines = new HiddenLines(screen as unknown as PromptScreen);
    const progress = new Progress(systemClock, () => {});
    const conversation = new Conversation(client, joining, { screen, progress, hiddenLines });
    return new Person(name, screen, conversation, wire);
  }

  private constructor(name: string, screen: FakeScreen, conversation: Conversation, wire: BadPath['wire']) {
    this.name = name;
    this.#wire = wire;
    this.#screen = screen;
    this.#conversation = conversation;
    void conversation.closed.then(() => {
      this.#hasLeft = true;
    });
  }

  type(): void {
    const line = `said ${this.typed.length} by ${this.name}`;
    this.typed.push(line);
    this.#lines.push(this.#conversation.obey(line));
  }

  /** The next thing that the server says does not arrive, and the connection breaks. */
  cutNextAnswer(): void {
    void this.#wire.cut(0);
  }

  pressEnter(): void {
    this.#conversation.onEmpty();
  }

  async allConfirmed(): Promise<void> {
    this.pressEnter();
    await Promise.all(this.#lines);
  }

  /** Resolves when `lines` lines, its own included, are on the screen, or more; after half a minute in any case. */
  async hasHeard(lines: number): Promise<void> {
    const beganMs = performance.now();
    while (this.#said().length < lines && performance.now() - beganMs < 30_000)
      await elapsed(systemClock, 20);
  }

  check(people: readonly Person[]): void {
    assert.equal(this.#hasLeft, false, `${this.name} has left`);
    for (const { name, typed } of people) {
      const mark = name === this.name ? '> ' : `@${name}: `;
      const seen = this.#said().filter((line) => line.startsWith(mark));
      assert.deepEqual(
        seen,
        typed.map((line) => mark + line),
        `what ${this.name} saw of ${name}`,
      );
    }
    const problems = this.#screen.lines.filter((line) => /not sent|may have been|lost to you/i.test(line));
    assert.deepEqual(problems, []);
  }

  #said(): string[] {
    return this.#screen.lines.filter((line) => /(?:> |: )said \d+ by /.test(line));
  }
}

/**
 * A free port that the system gives to no client: a client that tries to reach a port from which it calls itself
 * connects to itself, and then the server cannot have it.
 */
async function freePort(random: () => number): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
