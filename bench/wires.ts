/** How followers and a sender speak to each server that is compared. All text here is ASCII. */
export interface Wire {
  /** What somebody says who follows `topic`. */
  follow(name: string): string;
  /** What somebody says who only sends. */
  enter(name: string): string;
  /** Whether the server has said all that it says before the first message. */
  isReady(said: string): boolean;
  /** How many may connect at once; 500 when it is not said. */
  readonly connectingAtOnce?: number;
  /** What is said goes in WebSocket messages. */
  readonly isWeb?: boolean;
  /** `text` as its sender writes it. */
  publish(text: string): string;
  /** What follows the text of a message where a follower gets it. */
  readonly tail: string;
  /** Bytes of the n-th message behind the one that `received`, which came first, ends with. */
  sizes(received: string): (n: number) => number;
}

/** What is followed: a word, a channel, a subject. Every text holds it. */
export const topic = 'apple';
export const textBytes = 60;

function sizeOfLastLine(received: string): () => number {
  const bytes = received.length - 1 - received.lastIndexOf('\n', received.length - 2);
  return () => bytes;
}

const always = (bytes: number) => () => () => bytes;

const chat10: Wire = {
  // The answer to `!follow?` says that the block behind REGISTER was read.
  follow: (name) => `REGISTER ${name} CHAT/1.0\nFollow: ${topic}\n\n!follow?\n`,
  enter: (name) => `REGISTER ${name} CHAT/1.0\n\n!follow?\n`,
  isReady: (said) => said.endsWith('@all\n'),
  publish: (text) => `${text}\n`,
  tail: '\n',
  sizes: sizeOfLastLine,
};

const chat11: Wire = {
  follow: (name) => `REGISTER ${name} CHAT/1.1\nFollow: ${topic}\n\n`,
  enter: (name) => `REGISTER ${name} CHAT/1.1\n\n`,
  isReady: (said) => said.startsWith('200 ') && said.endsWith('\n\n'),
  publish: (text) => `SEND CHAT/1.1\nContent-Length: ${text.length}\n\n${text}`,
  tail: '',
  sizes(received) {
    const event = received.slice(received.lastIndexOf('MESSAGE CHAT/1.1\n'));
    const [, digits = ''] = /\nPosition: ([0-9]+)\n/.exec(event) ?? [];
    const others = event.length - digits.length;
    return (n) => others + String(Number(digits) + n).length;
  },
};

const web: Wire = { ...chat11, isWeb: true };

const redisString = (text: string): string => `$${text.length}\r\n${text}\r\n`;

const redis: Wire = {
  follow: () => `SUBSCRIBE ${topic}\r\n`,
  enter: () => 'PING\r\n',
  isReady: (said) => said.endsWith(':1\r\n') || said === '+PONG\r\n',
  publish: (text) => `*3\r\n${redisString('PUBLISH')}${redisString(topic)}${redisString(text)}`,
  tail: '\r\n',
  sizes: always(
    `*3\r\n${redisString('message')}${redisString(topic)}${redisString('x'.repeat(textBytes))}`.length,
  ),
};

const nats: Wire = {
  follow: () => `${nats.enter('')}SUB ${topic} 1\r\n`,
  enter: () => 'CONNECT {"verbose":false}\r\n',
  // The server pings each client once, two seconds after it came; later that would be among the messages.
  isReady: (said) => said.endsWith('\nPING\r\n'),
  publish: (text) => `PUB ${topic} ${text.length}\r\n${text}\r\n`,
  tail: '\r\n',
  sizes: always(`MSG ${topic} 1 ${textBytes}\r\n`.length + textBytes + 2),
};

const irc: Wire = {
  follow: (name) => `NICK ${name}\r\nUSER ${name} 0 * :${name}\r\nJOIN #${topic}\r\nPING :ready\r\n`,
  enter: (name) => `NICK ${name}\r\nUSER ${name} 0 * :${name}\r\nPING :ready\r\n`,
  isReady: (said) => said.includes(' PONG '),
  // It lets ten wait; others come a second later, or not at all.
  connectingAtOnce: 10,
  publish: (text) => `PRIVMSG #${topic} :${text}\r\n`,
  tail: '\r\n',
  sizes: sizeOfLastLine,
};

const floor: Wire = {
  follow: () => 'follow\n',
  enter: () => 'send\n',
  isReady: (said) => said === 'ok\n',
  publish: (text) => `${text}\n`,
  tail: '\n',
  sizes: sizeOfLastLine,
};

export const wires = { chat10, chat11, web, redis, nats, irc, floor } as const;
export type WireName = keyof typeof wires;
