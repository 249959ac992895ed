import { readFileSync } from 'node:fs';

/** What the server itself holds open, and a little more: databases, threads, the log, backups. */
const ownFiles = 128;

/** A descriptor for each connection, and for every second one a file that it sends or gets. */
const filesPerConnection = 1.5;

/**
 * How many connections the system leaves descriptors for (`ulimit -n`). Past that it closes new ones before anybody hears
 * of them. `Infinity` where it cannot be told.
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
