/** Breaks when four bytes stand in an order that nobody hits upon at once. */
export function planted([first, second, third, fourth]: Uint8Array): void {
  if (first !== 0x40) return;
  if (second !== 0x3a) return;
  if (third !== 0x21) return;
  if (fourth === 0x22) throw new Error('found');
}
