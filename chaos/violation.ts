export type ViolationKind =
  /** Acknowledged, or shown to somebody, and no longer there. */
  | 'lost'
  /** There although nobody sent it, or although the server said that it is not stored. */
  | 'resurrected'
  | 'stored twice'
  | 'shown twice'
  /** A reader has to get it and did not, though it got later ones or waited to the end. */
  | 'skipped'
  | 'out of order'
  | 'follow rule broken'
  | 'private text leaked'
  /** A file that was announced cannot be read, or is another one. */
  | 'attachment missing'
  | 'damaged'
  /** A server took too long to serve again. */
  | 'slow recovery'
  /** Too little happened for the result to mean anything. */
  | 'vacuous';

export interface Violation {
  readonly kind: ViolationKind;
  /** A sentence. */
  readonly what: string;
  /** The events that show it, in order. */
  readonly excerpt: readonly string[];
}
