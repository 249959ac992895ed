import type { ConnectionHandlers } from '../../transport/connection.ts';

/** Passes the events of a connection on to handlers that can be replaced: another connection may be carried by it. */
export class HandlerSwitch implements ConnectionHandlers {
  to: ConnectionHandlers;

  constructor(to: ConnectionHandlers) {
    this.to = to;
  }

  onData(chunk: Uint8Array): void {
    this.to.onData(chunk);
  }

  onDrain(): void {
    this.to.onDrain();
  }

  onEnd(): void {
    this.to.onEnd();
  }

  onClose(error?: Error): void {
    this.to.onClose(error);
  }
}
