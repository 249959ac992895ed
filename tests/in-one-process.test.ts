import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * The tests of these modules, in one process: most take less time than a process and its modules do to start. They put
 * back what they change in their process, and have neither hooks outside of `describe` nor a top-level `await`.
 */
const together = [
  'src/{client,protocol,scheduling,terminal,web}/**/*.test.ts',
  'src/server/{admission,counts,follow,http,logging,messages,metrics,outbox,sqlite,tls,udp,users,wires}/**/*.test.ts',
  'src/transport/udp/{endpoints,handshake,packets,recovery,streams,trace}/*.test.ts',
];
const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
// All of them before the first test runs, which loading the others would hold up.
for (const file of globSync(together, { cwd: root }).sort()) require(path.join(root, file));
