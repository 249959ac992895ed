/** Just enough of WebSockets for a load that must cost less than what it measures. */

export const upgradeRequest = [
  ...['GET /chat HTTP/1.1', 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket'],
  ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
  ...['Sec-WebSocket-Protocol: chat.1.1', '', ''],
].join('\r\n');

/** A binary message of a client. Its mask is zero, so the text stands there as it is. */
export function maskedFrame(text: string): string {
  const { length } = text;
  const size =
    length < 126
      ? String.fromCharCode(0x80 | length)
      : `\u00fe${String.fromCharCode(length >> 8)}${String.fromCharCode(length & 0xff)}`;
  return `\u0082${size}\0\0\0\0${text}`;
}

/** Takes the headers out of what a server sends. */
export class FrameReader {
  /** Bytes of the response to the request for the WebSocket that end it: CR LF CR LF. */
  #responseEnd = 0;
  #header: number[] = [];
  #left = 0;

  /** Calls `take` with each part of a message in `bytes`. */
  read(bytes: Uint8Array, take: (part: Uint8Array) => void): void {
    let at = 0;
    for (; this.#responseEnd < 4 && at < bytes.length; at++) {
      const isNext = bytes[at] === (this.#responseEnd % 2 === 0 ? 13 : 10);
      this.#responseEnd = isNext ? this.#responseEnd + 1 : 0;
    }
    while (at < bytes.length) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        take(bytes.subarray(at, end));
        at = end;
        continue;
      }
      this.#header.push(bytes[at++] ?? 0);
      this.#left = this.#payload();
      if (this.#left > 0) this.#header = [];
    }
  }

  /** The length in the header; 0 while it is not complete. The server's messages are shorter than 64 KiB and a byte. */
  #payload(): number {
    const [, size = 0, high = 0, low = 0] = this.#header;
    if (this.#header.length === 2 && size < 126) return size;
    if (this.#header.length === 4 && size === 126) return (high << 8) | low;
    if (this.#header.length === 10) return this.#header.slice(2).reduce((all, byte) => all * 256 + byte, 0);
    return 0;
  }
}
