import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Where the server listens, from where its bystanders come, and from where its attackers. */
export interface Network {
  readonly host: string;
  readonly bystanders: string;
  readonly attackers: readonly string[];
}

/**
 * On this machine's loopback, whose addresses the server tells apart, but gives `loopbackFactor` times as much. The attacker
 * of each row has its own: with the ports of thousands of connections that were there a moment ago, finding another one
 * takes the system milliseconds.
 */
export function loopback(row: number): Network {
  return { host: '127.0.0.1', bystanders: '127.0.0.1', attackers: [`127.0.1.${row + 1}`] };
}

/** So many attackers with addresses that are nobody's loopback; there only within `inOwnNetwork`. */
export function ownNetwork(addresses: number): Network {
  const attackers = Array.from({ length: addresses }, (_, at) => `10.77.1.${at + 1}`);
  return { host: '10.77.0.1', bystanders: '10.77.0.2', attackers };
}

/** Every address of the network is this machine's, without one having to be given to an interface. */
const prepare = 'ip link set lo up && ip route add local 10.77.0.0/16 dev lo';

/**
 * Runs `args` with Node in a network of its own, which has a loopback interface and ends with its last process, so there is
 * nothing to take away, however that ends. Resolves with its exit code, or with why there can be no such network.
 */
export async function inOwnNetwork(args: readonly string[]): Promise<number | string> {
  // Who is not root may have one as root of a user namespace, where the system allows that.
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const unshare = [...asRoot, '--net', 'sh', '-c'];
  const trial = spawnSync('unshare', [...unshare, prepare], { encoding: 'utf8' });
  if (trial.error !== undefined) return `there is no unshare (util-linux): ${trial.error.message}`;
  if (trial.status !== 0) return trial.stderr.trim();
  const inside = [...unshare, `${prepare} && exec "$0" "$@"`, process.execPath, ...args];
  const child = spawn('unshare', inside, { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return code ?? 1;
}
