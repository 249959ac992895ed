/** `2026-11-20 10:14` for a time in milliseconds since 1970, in UTC. */
export function utcMinute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
