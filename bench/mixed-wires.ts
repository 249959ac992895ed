import { formatEvent } from '../src/protocol/chat11/event.ts';
import type { WireName } from './wires.ts';

/** How those who follow words and those who send texts speak to a server. All text here is ASCII. */
export interface MixedWire {
  /** The first bytes of a client who follows `words`, perhaps none. */
  greet(name: string, words: readonly string[]): string;
  /** Whether the server has answered them. */
  isReady(said: string): boolean;
  /** A text with these words, as its sender writes it. */
  send(text: string, words: readonly string[]): string;
  /** How many answers the sender of such a text gets. */
  answers(words: readonly string[]): number;
  /** An answer begins with `begin`, which no delivery has in it, and ends with `end`. */
  readonly answer: { readonly begin: string; readonly end: string };
  /** The position that an answer tells, as it is written. Its digits are in each delivery of the text. */
  positionIn?(answer: string): string;
  /** What somebody gets who follows these words of a text, without the digits of its position: messages and bytes. */
  delivery(from: string, text: string, words: readonly string[]): { messages: number; bytes: number };
  /** Whether senders who follow a word of their own text get it. */
  readonly hearsOwn: boolean;
}

const chat11: MixedWire = {
  greet: (name, words) =>
    `REGISTER ${name} CHAT/1.1\n${words.length === 0 ? '' : `Follow: ${words.join(', ')}\n`}\n`,
  isReady: (said) => said.startsWith('200 ') && said.endsWith('\n\n'),
  send: (text) => `SEND CHAT/1.1\nContent-Length: ${text.length}\n\n${text}`,
  answers: () => 1,
  answer: { begin: '200 Sent\n', end: '\n\n' },
  positionIn: (answer) => /\nPosition: ([0-9]+)\n/.exec(answer)?.[1] ?? '',
  delivery: (from, text, matched) => {
    const { length } = formatEvent({ kind: 'message', position: 1, from, timeMs: 0, matched, text });
    return { messages: 1, bytes: length - 1 };
  },
  hearsOwn: false,
};

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

/** RESP3, in which a client that follows may also send. */
const redis: MixedWire = {
  greet: (_name, words) =>
    `HELLO 3\r\n${words.length === 0 ? '' : `SUBSCRIBE ${words.join(' ')}\r\n`}PING\r\n`,
  isReady: (said) => said.endsWith('+PONG\r\n'),
  send: (text, words) => words.map((word) => `*3\r\n${bulk('PUBLISH')}${bulk(word)}${bulk(text)}`).join(''),
  answers: (words) => words.length,
  answer: { begin: ':', end: '\r\n' },
  delivery: (_from, text, words) => ({
    messages: words.length,
    bytes: words.reduce((sum, word) => sum + `>3\r\n${bulk('message')}${bulk(word)}${bulk(text)}`.length, 0),
  }),
  hearsOwn: true,
};

const nats: MixedWire = {
  greet: (_name, words) =>
    `CONNECT {"verbose":false,"echo":false}\r\n${words.map((word, at) => `SUB ${word} ${at}\r\n`).join('')}`,
  // The server pings each client once, two seconds after it came; later that would be among the messages.
  isReady: (said) => said.endsWith('\nPING\r\n'),
  send: (text, words) =>
    `${words.map((word) => `PUB ${word} ${text.length}\r\n${text}\r\n`).join('')}PING\r\n`,
  answers: () => 1,
  answer: { begin: 'PONG', end: '\r\n' },
  delivery: (_from, text, words) => ({
    messages: words.length,
    bytes: words.reduce((sum, word) => sum + `MSG ${word} 0 ${text.length}\r\n${text}\r\n`.length, 0),
  }),
  hearsOwn: false,
};

const floor: MixedWire = {
  greet: (_name, words) => `follow ${words.join(' ')}\n`,
  isReady: (said) => said === '+\n',
  send: (text) => `${text}\n`,
  answers: () => 1,
  answer: { begin: '+', end: '\n' },
  delivery: (_from, text) => ({ messages: 1, bytes: text.length + 1 }),
  hearsOwn: false,
};

export const mixedWires: Readonly<Partial<Record<WireName, MixedWire>>> = { chat11, redis, nats, floor };
