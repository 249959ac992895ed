import type { Scope } from './scope.ts';
import { WireClient } from './wire-client.ts';

/** A parcel as a stranger reads it. */
export interface ReadParcel {
  readonly start: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Headers = Readonly<Record<string, string | number>>;

/** Speaks CHAT/1.1 with nothing but the rules of docs/protocol.md: it shares no code with the server. */
export class ParcelClient {
  readonly wire: WireClient;

  private constructor(wire: WireClient) {
    this.wire = wire;
  }

  static async connect(scope: Scope, server: { readonly port: number }): Promise<ParcelClient> {
    return new ParcelClient(await WireClient.connect(scope, server));
  }

  /** Connects and sends one request that lets it in; the answer is checked by whoever wants to. */
  static async enter(
    scope: Scope,
    server: { readonly port: number },
    request: string,
    headers: Headers = {},
  ): Promise<{ readonly client: ParcelClient; readonly answer: ReadParcel }> {
    const client = await ParcelClient.connect(scope, server);
    return { client, answer: await client.ask(request, headers) };
  }

  send(request: string, headers: Headers = {}, body?: string | Uint8Array): void {
    const bytes = Buffer.from(body ?? '');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
    if (body !== undefined) lines.push(`Content-Length: ${bytes.length}\n`);
    this.wire.send(Buffer.concat([Buffer.from(`${request} CHAT/1.1\n${lines.join('')}\n`), bytes]));
  }

  /** Sends a request and gives the next parcel. */
  ask(request: string, headers: Headers = {}, body?: string | Uint8Array): Promise<ReadParcel> {
    this.send(request, headers, body);
    return this.next();
  }

  async next(): Promise<ReadParcel> {
    const { bytes, ...head } = await this.nextBytes();
    return { ...head, body: bytes.toString() };
  }

  /** The next parcel, with its body as it came. */
  async nextBytes(): Promise<Omit<ReadParcel, 'body'> & { readonly bytes: Buffer }> {
    const start = await this.wire.line();
    const headers: Record<string, string> = {};
    for (let line = await this.wire.line(); line !== ''; line = await this.wire.line()) {
      const colon = line.indexOf(': ');
      headers[line.slice(0, colon)] = line.slice(colon + 2);
    }
    const bytes = await this.wire.bytes(Number(headers['Content-Length'] ?? 0));
    return { start, headers, bytes };
  }

  /** Parcels up to the first that begins with `start`, which is the last of them. */
  async until(start: string): Promise<ReadParcel[]> {
    const parcels: ReadParcel[] = [];
    for (;;) {
      const parcel = await this.next();
      parcels.push(parcel);
      if (parcel.start.startsWith(start)) return parcels;
    }
  }
}

/** The texts of messages, in their order. */
export const textsOf = (parcels: readonly ReadParcel[]): string[] =>
  parcels.filter(({ start }) => start === 'MESSAGE CHAT/1.1').map(({ body }) => body);
