import { type ChatAddress, parseChatAddress } from '../../src/transport/address.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { DatagramRelay } from './datagram-relay.ts';
import type { Scope } from './scope.ts';
import { udpAddressOf } from './udp-address.ts';

/** A way to a server that a test can cut, hold, and lead elsewhere; `address` is that of its near end. */
export interface BadPath {
  readonly address: ChatAddress;
  readonly wire: CuttingProxy | DatagramRelay;
}

interface Reachable {
  readonly port: number;
  readonly joinAddresses: readonly string[];
}

export interface Transport {
  readonly name: string;
  /** What `testServer` needs to know. */
  readonly udp: boolean;
  open(scope: Scope, server: Reachable): Promise<BadPath>;
}

/** Over what a suite runs: what holds of one transport must hold of the other, on a path that loses a tenth. */
export const transports: readonly [Transport, Transport] = [
  {
    name: 'TCP',
    udp: false,
    async open(scope, { port }) {
      const wire = await CuttingProxy.open(scope, port);
      return { wire, address: { host: '127.0.0.1', port: wire.port } };
    },
  },
  {
    name: 'UDP that loses a tenth',
    udp: true,
    async open(scope, server) {
      const parsed = parseChatAddress(udpAddressOf(server));
      if (!parsed.ok) throw new Error(parsed.problem);
      const wire = await DatagramRelay.open(scope, server.port, { loss: 0.1 });
      return { wire, address: { ...parsed.address, port: wire.port } };
    },
  },
];
