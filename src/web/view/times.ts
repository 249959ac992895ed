export const clockOf = format({ hour: '2-digit', minute: '2-digit', hour12: false });
export const dayOf = format({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
const shortDay = format({ day: 'numeric', month: 'short', year: 'numeric' });

/** Made when the first time is shown: loading what the browser knows of calendars would hold up the first page. */
function format(options: Intl.DateTimeFormatOptions): (timeMs: number) => string {
  let made: Intl.DateTimeFormat | undefined;
  return (timeMs) => {
    made ??= new Intl.DateTimeFormat(undefined, options);
    return made.format(timeMs);
  };
}

/** A moment, today's by its time alone. */
export function dayAndTime(timeMs: number): string {
  const today = shortDay(Date.now());
  return shortDay(timeMs) === today ? clockOf(timeMs) : `${shortDay(timeMs)}, ${clockOf(timeMs)}`;
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
