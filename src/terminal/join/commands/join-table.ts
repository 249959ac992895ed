import { checkedAttach, joinCommands } from '../../../protocol/commands/command-table.ts';
import {
  type Arguments,
  type CommandForm,
  type CommandLimits,
  type CommandTable,
  type Invalid,
  invalid,
  type JoinCommand,
} from '../../../protocol/commands/typed.ts';
import { parseTypedAttach } from '../files/typed-path.ts';

const attach: CommandForm<JoinCommand> = {
  words: 'FILE TERM...',
  help: 'send a file to the followers of a term, and yours',
  example: '!attach "the menu.txt" apple @bob',
  least: 1,
  most: Infinity,
  read: readAttach,
};

/** The commands of `join`, in which `!attach` takes paths as terminals paste them, and explains what is missing. */
export const commands: CommandTable<JoinCommand> = { ...joinCommands, '!attach': attach };

function readAttach({ rest }: Arguments, limits: CommandLimits): JoinCommand | Invalid {
  const typed = parseTypedAttach(rest, limits.followTerms + 1);
  if ('problem' in typed) return invalid(typed.problem);
  if (typed.terms.length > 0) return checkedAttach(typed, limits);
  return invalid(
    'Say who gets the file: !attach FILE apple sends it to the followers of apple and yours, !send NAME FILE to one',
  );
}
