/** Who asks: what a route may know of the connection and the request. */
export interface Asker {
  /**
   * A program on this machine asks, by an address or `localhost`, and no proxy has passed the request on. A web page
   * that had its own name point at this machine is not that.
   */
  readonly isLocal: boolean;
  /** The header field `Authorization`. */
  readonly authorization: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** By default plain text. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers GET and HEAD for one path. */
export type Route = (asker: Asker) => Answer | Promise<Answer>;

export type Routes = ReadonlyMap<string, Route>;
