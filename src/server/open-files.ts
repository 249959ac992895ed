import { readFileSync } from 'node:fs';

/** Descriptors of the server itself, with a margin: databases, threads, the log, backups. */
const ownFiles = 128;

/** A descriptor for each connection, and for every second one a file that it sends or receives. */
const filesPerConnection = 1.5;

/**
 * Returns for how many connections there are descriptors (`ulimit -n`). Beyond that the system closes new ones before
 * the server sees them. `Infinity` when the limit is unknown.
 */
export function connectionsWithFiles(): number {
  const files = maxOpenFiles();
  return Math.max(1, Math.floor((files - ownFiles) / filesPerConnection));
}

/** The soft limit, which Node raises to the hard one when it starts (https://man7.org/linux/man-pages/man5/proc.5.html). */
function maxOpenFiles(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
