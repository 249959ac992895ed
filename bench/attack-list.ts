import type { Attacker } from './attacker.ts';

type Run = (attacker: Attacker) => Promise<unknown>;

export interface Attack {
  readonly run: Run;
  /** It meets a bound that counts by address, so from many addresses it is another attack. */
  readonly countsByAddress: boolean;
}

const password = 'Password: correct horse\n';
const marks = `a${'\u0301\u0316'.repeat(32_000)}`;
/** As long as a text may be. */
const textOf = (unit: string): string => unit.repeat(Math.floor(65_000 / unit.length));
const words = Array.from({ length: 13_000 }, (_, at) => `w${at.toString(36)}`)
  .join(' ')
  .slice(0, 65_000);
const times = (count: number, text: string): Buffer => Buffer.from(text.repeat(count));
const send = (text: string): string => `SEND CHAT/1.1\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`;

/** As many terms as may be followed, and some room; others in each `turn`. */
const terms = (turn: number): string =>
  Array.from({ length: 190 }, (_, at) => ((turn * 190 + at) % 36 ** 4).toString(36)).join(',');

const throughEveryCommand =
  (text: string): Run =>
  (attacker) => {
    const verbs = ['', '!follow ', '!unfollow ', '!attach a.txt ', '!msg bob '];
    const lines = verbs.map((verb) => `${verb}${text}\n`).join('');
    return attacker.flood(() => attacker.guest(), Buffer.from(lines));
  };

/** A connection has a budget of requests: who takes another one when it is spent has a new budget. */
async function commandsOnNewConnections(attacker: Attacker): Promise<void> {
  const commands = times(2_000, '!follow?\n!list\n!help\n!follow a\n!unfollow a\n');
  await attacker.again(16, async () => {
    const socket = attacker.guest();
    socket.write(commands);
    await attacker.answered(socket, 400);
    attacker.drop(socket);
  });
}

async function verbsLists(attacker: Attacker): Promise<void> {
  await attacker.crowd(3_000, () => attacker.guest());
  await attacker.again(8, async () => {
    const socket = attacker.open('list\n'.repeat(1_000));
    // The first one is before the budget is looked at, whatever it costs.
    await attacker.answered(socket, 5);
    attacker.drop(socket);
  });
}

async function chat10Lists(attacker: Attacker): Promise<void> {
  await attacker.crowd(3_000, () => attacker.guest());
  await attacker.again(8, async () => {
    const socket = attacker.guest('!list\n'.repeat(1_000));
    await attacker.answered(socket, 90);
    attacker.drop(socket);
  });
}

async function unknownVerbs(attacker: Attacker): Promise<void> {
  await Promise.all([
    attacker.flood(() => attacker.open('list\n'), times(1_000, 'frobnicate\n')),
    attacker.flood(() => attacker.guest(), times(1_000, '!frobnicate\n')),
    attacker.flood(() => attacker.guest11(), times(1_000, 'FROBNICATE CHAT/1.1\n\n')),
  ]);
}

/** Of somebody's account, and of one that is to be made. */
async function marksForPasswords(attacker: Attacker): Promise<void> {
  const block = `REGISTER ${attacker.target.account} CHAT/1.0\nPassword: ${marks.slice(0, 32_000)}\n\n`;
  const name = attacker.name();
  const claim = times(20, `REGISTER ${name} CHAT/1.1\nPassword: ${marks.slice(0, 4_000)}\n\n`);
  await Promise.all([
    attacker.again(8, async () => {
      const socket = attacker.open(block);
      await attacker.answered(socket);
      attacker.drop(socket);
    }),
    attacker.flood(() => attacker.open(`REGISTER ${name} CHAT/1.1\n\n`), claim),
  ]);
}

const wrongPasswords: Run = (attacker) =>
  attacker.again(128, async () => {
    const socket = attacker.open(`LOGIN ${attacker.target.account} CHAT/1.1\nPassword: wrong horse\n\n`);
    await attacker.answered(socket);
    attacker.drop(socket);
  });

async function followsOfAnAccount(attacker: Attacker): Promise<void> {
  const made = attacker.open(`REGISTER mallory CHAT/1.1\n${password}\n`);
  await attacker.answered(made);
  const follows = Array.from({ length: 60 }, (_, line) => `Follow: ${terms(line)}\n`).join('');
  await attacker.again(4, async () => {
    const socket = attacker.open(`REGISTER mallory CHAT/1.0\n${password}${follows}\n`);
    await attacker.answered(socket);
    attacker.drop(socket);
  });
}

async function tenThousandFollows(attacker: Attacker): Promise<void> {
  let turn = 0;
  await attacker.flood(
    () => attacker.guest(`Follow: ${terms(turn++)}\n\n`),
    times(1_000, '!follow zzzz\n!unfollow zzzz\n'),
    50,
  );
}

const longTextsOfManyGuests: Run = (attacker) =>
  attacker.hold(150, () => attacker.guest(`\n${`${'🍎'.repeat(65_000)}\n`.repeat(10)}`));

async function longTextsToManyReaders(attacker: Attacker): Promise<void> {
  await attacker.crowd(1_000, () => attacker.guest11('Follow: *\n'));
  await attacker.flood(() => attacker.guest(), Buffer.from(`${'🍎'.repeat(65_000)}\n`), 12);
}

/** What is stored is folded again when it is looked for by a word that the index does not know yet. */
async function historyOfMarks(attacker: Attacker): Promise<void> {
  const asks = [
    'HISTORY CHAT/1.1\nLimit: 200\n\n',
    'HISTORY CHAT/1.1\nMatch: zzzzz\n\n',
    'FOLLOW CHAT/1.1\nTerm: *\nSince: 0\n\n',
    'UNFOLLOW CHAT/1.1\nTerm: *\n\n',
  ];
  const begin = () => {
    const socket = attacker.guest11();
    socket.write(send(marks) + send(marks));
    return socket;
  };
  await attacker.flood(begin, times(100, asks.join('')), 4);
}

async function frozenReaders(attacker: Attacker): Promise<void> {
  const readers = await attacker.crowd(1_000, () => attacker.guest('!follow apple\n'));
  for (const reader of readers) reader.pause();
  // One that said it can take files, and has hardly begun to when it stops.
  const inFile = attacker.guest('Follow: apple\n\n');
  await attacker.answered(inFile);
  inFile.pause();
  const sender = attacker.guest('\n!attach f apple\n');
  await attacker.answered(sender, 2);
  const bytes = Buffer.alloc(16 * 1024 * 1024);
  sender.write(`Content-Length: ${bytes.length}\n`);
  sender.write(bytes);
  await attacker.answered(sender);
  await attacker.flood(() => attacker.guest(), times(10, `apple ${'x'.repeat(1_000)}\n`), 40);
}

async function halfLines(attacker: Attacker): Promise<void> {
  const half = Buffer.alloc(250_000, 'x');
  for (const guest of await attacker.crowd(2_000, () => attacker.guest())) guest.write(half);
  await attacker.end();
}

const slowWriters: Run = (attacker) =>
  attacker.hold(500, () => {
    const socket = attacker.open();
    const timer = setInterval(() => socket.write('x'), 1_000);
    return socket.on('close', () => clearInterval(timer));
  });

const connectsWithoutPause: Run = (attacker) =>
  attacker.again(32, async () => {
    const socket = attacker.open();
    await attacker.until(socket, 'connect');
    attacker.drop(socket);
  });

const guestsOneAfterAnother: Run = (attacker) =>
  attacker.again(16, async () => {
    const socket = attacker.guest();
    await attacker.answered(socket);
    socket.write('DISCONNECT x CHAT/1.0\n');
    await attacker.until(socket, 'close');
    attacker.drop(socket);
  });

async function guestsWhoBreakOff(attacker: Attacker): Promise<void> {
  let turn = 0;
  await attacker.again(1, async () => {
    const socket = attacker.guest11(`Follow: ${terms(turn++)}\n`);
    await attacker.answered(socket);
    attacker.drop(socket);
  });
}

async function crowdsThatLeave(attacker: Attacker): Promise<void> {
  for (let crowds = 0; crowds < 3; crowds++)
    for (const guest of await attacker.crowd(2_000, () => attacker.guest11('Follow: apple\n')))
      attacker.drop(guest);
  await attacker.end();
}

const anew = (attacker: Attacker, request: string) => (): string =>
  `REGISTER ${attacker.name()} CHAT/1.1\n${request}LOGOUT CHAT/1.1\n\n`;

const always: Readonly<Record<string, Run>> = {
  nothing: (attacker) => attacker.end(),
  'nothing, beside a process that computes': async (attacker) => {
    while (!attacker.isOver);
  },
  'control characters': (attacker) => attacker.flood(() => attacker.guest(), times(10_000, '\u0001\n')),
  '!help': (attacker) => attacker.flood(() => attacker.guest(), times(2_000, '!help\n')),
  PING: (attacker) => attacker.flood(() => attacker.guest11(), times(1_000, 'PING CHAT/1.1\n\n')),
  'unknown verbs': unknownVerbs,
  'marks through every command': throughEveryCommand(marks),
  'U+3300 through every command': throughEveryCommand(textOf('㌀')),
  'U+203C through every command': throughEveryCommand(textOf('‼')),
  'words through every command': throughEveryCommand(words),
  'punctuation through every command': throughEveryCommand(textOf('!?')),
  'spaces through every command': throughEveryCommand(textOf(' ')),
  'marks in stored texts, asked for again': historyOfMarks,
  'a line without end': (attacker) => attacker.flood(() => attacker.guest(), Buffer.alloc(1_000_000, 'x')),
  'texts of 262 KB to 1,000 who read': longTextsToManyReaders,
};

const byAddress: Readonly<Record<string, Run>> = {
  'verbs list, 3,000 online': verbsLists,
  '!list, 3,000 online': chat10Lists,
  'verbs login, logout': (attacker) =>
    attacker.flood(() => attacker.open(), times(1_000, 'login a\nlogout\n')),
  '10,000 commands in a write, on new connections': commandsOnNewConnections,
  '10,000 follows, and follow, unfollow': tenThousandFollows,
  'Follow: lines of an account': followsOfAnAccount,
  'a name for every 20 messages': (attacker) =>
    attacker.flood(() => attacker.open(), anew(attacker, `\n${send('x').repeat(20)}`)),
  '150 guests, 10 texts of 262 KB each': longTextsOfManyGuests,
  '1,000 frozen readers of a flooded word': frozenReaders,
  '2,000 guests with half a line': halfLines,
  'announced files without a byte': (attacker) =>
    attacker.flood(
      () => attacker.open(),
      anew(attacker, '\nATTACH CHAT/1.1\nName: a\nSize: 104857600\nTerms: x\n\n'),
    ),
  'guests who break off': guestsWhoBreakOff,
  'guests one after another': guestsOneAfterAnother,
  'three crowds of 2,000, each leaves at once': crowdsThatLeave,
  '14 strangers, 100 MB each': (attacker) =>
    attacker.flood(() => attacker.open(), Buffer.alloc(1_000_000, 'x'), 14),
  '500 slow writers': slowWriters,
  '2,000 connects': (attacker) => attacker.hold(2_000, () => attacker.open()),
  'connects without a pause': connectsWithoutPause,
  'marks for passwords': marksForPasswords,
  'wrong passwords from 128 connections': wrongPasswords,
  'accounts from 64 connections': (attacker) =>
    attacker.flood(() => attacker.open(), anew(attacker, `${password}\n`), 64),
};

const rowsOf = (runs: Readonly<Record<string, Run>>, countsByAddress: boolean): [string, Attack][] =>
  Object.entries(runs).map(([name, run]) => [name, { run, countsByAddress }]);

/** By name, in the order in which they are tried. */
export const attacks: ReadonlyMap<string, Attack> = new Map([
  ...rowsOf(always, false),
  ...rowsOf(byAddress, true),
]);
