const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  year: 'numeric',
  month: 'long',
  day: 'numeric',
});

export const clockOf = (timeMs: number): string => clock.format(timeMs);

export const dayOf = (timeMs: number): string => day.format(timeMs);

const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

/** A moment, today's by its time alone. */
export function dayAndTime(timeMs: number): string {
  const today = shortDay.format(Date.now());
  return shortDay.format(timeMs) === today
    ? clockOf(timeMs)
    : `${shortDay.format(timeMs)}, ${clockOf(timeMs)}`;
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A size for people. */
export function sizeOf(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
