import type { IncomingHttpHeaders } from 'node:http';

/** Who asks: what a route may know of the connection and the request. */
export interface Asker {
  /**
   * A program on this machine asks, by an address or `localhost`, and no proxy has passed the request on. A web page
   * that had its own name point at this machine is not that.
   */
  readonly isLocal: boolean;
  /** The header fields. */
  readonly headers: IncomingHttpHeaders;
  /** Whether the request came over TLS. */
  readonly isEncrypted: boolean;
}

export interface Answer {
  readonly status: number;
  /** A text gets a line end. */
  readonly text: string | Uint8Array;
  /** By default plain text. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers GET and HEAD for one path. */
export type Route = (asker: Asker) => Answer | Promise<Answer>;

export type Routes = ReadonlyMap<string, Route>;
