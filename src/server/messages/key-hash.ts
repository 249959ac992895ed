/** A quick number of 32 bits for a key. Whoever writes texts can choose words that collide: let collisions cost little. */
export function keyHash(key: string): number {
  let hash = key.length;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
