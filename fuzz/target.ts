/** Something that must take any bytes. */
export interface Target {
  readonly name: string;
  /** Valid inputs to begin from. */
  readonly samples: readonly (string | Uint8Array)[];
  /** Throws, or rejects, when a promise is broken. */
  run(input: Uint8Array): void | Promise<void>;
  /** Without coverage: what runs in another process. */
  readonly isBlind?: boolean;
  /** What it started ends. */
  stop?(): Promise<void>;
}

/** The lines of `input` that are valid UTF-8, as the protocols by lines hand them to their parsers. */
export function linesOf(input: Uint8Array): string[] {
  return Buffer.from(input)
    .toString('latin1')
    .split('\n')
    .flatMap((line) => {
      const bytes = Buffer.from(line, 'latin1');
      return Buffer.from(bytes.toString()).equals(bytes) ? [bytes.toString()] : [];
    });
}
