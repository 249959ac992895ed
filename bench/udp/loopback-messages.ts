/** What the bench on loopback and its two ends (`loopback-peer.ts`) say to each other. */
export type LoopbackSide = 'ours' | 'tcp' | 'bare';

/** The one argument of an end. */
export interface LoopbackSetup {
  readonly side: LoopbackSide;
  readonly role: 'server' | 'clients';
  readonly port: number;
  readonly clients: number;
}

/** `count` asks only for the answer, `counted`, which every request has. */
export type LoopbackRequest = 'file' | 'lines' | 'stop' | 'count';

export type LoopbackReport =
  | { readonly kind: 'listening'; readonly port: number; readonly key: string }
  | {
      readonly kind: 'counted';
      readonly received: number;
      readonly processorMs: number;
      readonly atMs: number;
    };
