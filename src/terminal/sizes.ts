const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Formats a size for people, in the largest unit in which it is at least 1: `1 byte`, `18 bytes`, `1.5 MiB`. */
export function humanSize(bytes: number): string {
  if (bytes < 1024) return `${Math.floor(bytes)} ${Math.floor(bytes) === 1 ? 'byte' : 'bytes'}`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  // Cut, not rounded: 1023.99 KiB are not yet 1 MiB, and a file is never shown bigger than it is.
  const shown = value >= 10 ? Math.floor(value) : (Math.floor(value * 10) / 10).toFixed(1);
  return `${shown} ${units[unit]}`;
}

const factors: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Parses a size that people type, in bytes: `10M`, `1.5G`, `512k`, `10 MiB`, `1000`; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([kmg]?)(?:i?b)?$/i.exec(text.trim()) ?? [];
  const factor = factors[unit.toUpperCase()];
  if (digits === '' || factor === undefined) return undefined;
  const bytes = Math.floor(Number(digits) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
