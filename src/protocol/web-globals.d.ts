/**
 * The few names that every JavaScript host has and the language's own library lacks. Declared here, and
 * not taken from Node's or the browser's types, so that nothing else of a host can slip into this folder.
 */
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array): string;
}

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(input: string, to: Uint8Array): { readonly written: number };
}
