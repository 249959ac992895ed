import { joinCommands } from '../../../protocol/commands/command-table.ts';
import type { CommandTable } from '../../../protocol/commands/typed.ts';

/** The commands of the asn3 course. Servers that others wrote know these, or send them on as chat; both do no harm. */
const commandsOfCourse: ReadonlySet<string> = new Set([
  ...['!list', '!follow?', '!follow', '!unfollow', '!attach', '!exit'],
]);

/** The rows of those commands. */
export const commandsElsewhere: CommandTable<unknown> = Object.fromEntries(
  Object.entries(joinCommands).filter(([verb]) => commandsOfCourse.has(verb)),
);

const needsChat11 = 'needs a server that speaks CHAT/1.1; this one would send the line to everybody';

/**
 * Returns why `typed` may not be sent to a server that only knows CHAT/1.0: it is a command of ours. Such a server would
 * send it to everybody, also when it is a private message. Commands count in any case, and behind white space.
 */
export function unknownElsewhere(typed: string): string | undefined {
  const word = commandWord(typed);
  return Object.hasOwn(joinCommands, word) && !commandsOfCourse.has(word)
    ? `${word} ${needsChat11}`
    : undefined;
}

/** The answer to `!help`; undefined when that is not what was typed. */
export function helpElsewhere(typed: string): string | undefined {
  if (commandWord(typed) !== '!help') return undefined;
  return `This server speaks CHAT/1.0 only. It may know: ${[...commandsOfCourse].join(' ')}`;
}

export function isExit(typed: string): boolean {
  return typed.trim() === '!exit';
}

function commandWord(typed: string): string {
  return /^\s*(!\S*)/u.exec(typed)?.[1]?.toLowerCase() ?? '';
}
