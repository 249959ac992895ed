import { InvalidArgumentError, Option } from 'commander';

/** Returns a parser for a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Collects the comma-separated values of an option that may be repeated. */
export function commaList(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(',')];
}

/** The option `--data` of the commands that work on a server's data folder. */
export function dataOfServer(
  description = "the server's data folder (default: ~/.local/share/earshot)",
): Option {
  return new Option('--data <folder>', description).env('EARSHOT_DATA');
}
