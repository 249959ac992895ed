import type { ChatAddress } from '../transport/address.ts';

/** What to do when a password would travel in plain text; `command` is what to run while the tunnel is there. */
export function tlsRequired({ host, port }: ChatAddress, command: string): string {
  return (
    'the server takes no password from another machine, because nothing is encrypted on the way: others may have ' +
    `read the one you typed. Use a tunnel: ssh -L ${port}:127.0.0.1:${port} ${host}, and while that runs ${command}`
  );
}
