import { udpLens } from '../../../client-node/dial.ts';
import { helpLine, type JoinCommand } from '../../../protocol/commands/typed.ts';
import { quoteShort } from '../../../protocol/text.ts';
import { counted } from '../../lines.ts';
import type { Screen } from '../../screen.ts';
import { statisticsLines } from '../../udp-statistics.ts';
import type { Reached } from '../sending/reached.ts';
import type { Calls } from '../session/calls.ts';
import type { Mutes } from '../session/mutes.ts';
import type { Settings } from '../session/settings.ts';
import { commands } from './join-table.ts';
import { aliasesOf, verbOf } from './typed-words.ts';

/** What lasts as long as the session, across reconnects. */
export interface Session {
  readonly reached: Reached;
  readonly mutes: Mutes;
  readonly settings: Settings;
  readonly calls: Calls;
}

type Kind = 'reached' | 'stats' | 'explain' | 'mutes' | 'mute' | 'unmute' | 'settings' | 'set';
export type SessionCommand = Extract<JoinCommand, { readonly kind: Kind }>;

/** Executes a command that asks nothing of the server. Returns false when it was not done, which the user was told. */
export function runSessionCommand(
  command: SessionCommand,
  { reached, mutes, settings, calls }: Session,
  screen: Screen,
  ownName: string,
): boolean {
  const showAll = (lines: readonly string[], none: string): void => {
    if (lines.length === 0) screen.notice(none);
    for (const line of lines) screen.show(line);
  };
  switch (command.kind) {
    case 'reached':
      showAll(reached.lines, 'You have sent nothing in this session.');
      break;
    case 'stats':
      showAll(
        udpLens.statistics.flatMap((found) => statisticsLines(found, udpLens.dropShare)),
        'No connection over UDP is open; !stats is for servers at a chat+udp:// address.',
      );
      break;
    case 'explain':
      return explain(command.command, screen);
    case 'mutes':
      showAll(mutes.list(), 'You have muted nothing.');
      break;
    case 'mute':
      return mute(command.term, command.forMs, mutes, screen, ownName);
    case 'unmute': {
      const hidden = mutes.unmute(command.term);
      // As with !unfollow, what was wanted is so: no failure.
      if (hidden === undefined) screen.problem(`${command.term} is not muted; !mute lists what is.`);
      else screen.notice(unmuted(command.term, hidden));
      break;
    }
    case 'settings':
      showAll(settings.list(), '');
      break;
    case 'set': {
      const problem = settings.set(command.setting, command.value);
      if (problem === undefined) {
        screen.notice(`${command.setting} ${command.setting === 'times' ? 'are' : 'is'} ${command.value}.`);
        calls.refresh();
      } else screen.problem(problem);
      return problem === undefined;
    }
  }
  return true;
}

/** The notice that `what` is shown again. */
export function unmuted(what: string, hidden: number): string {
  const lines = hidden === 0 ? 'no line was' : `${counted(hidden, 'line')} ${hidden === 1 ? 'was' : 'were'}`;
  return `${what} is no longer muted; ${lines} hidden.`;
}

function mute(term: string, forMs: number, mutes: Mutes, screen: Screen, ownName: string): boolean {
  if (term === `@${ownName}`) {
    screen.problem('You cannot mute yourself.');
    return false;
  }
  const time = mutes.mute(term, forMs);
  if (time === undefined) screen.problem('You have muted too much; !unmute something first.');
  else screen.notice(`${term} is muted ${time}.`);
  return time !== undefined;
}

function explain(name: string, screen: Screen): boolean {
  const verb = verbOf(name);
  if (verb === undefined) {
    screen.problem(`There is no command ${quoteShort(name)}; !help lists them.`);
    return false;
  }
  const form = commands[verb];
  if (form === undefined) return false;
  screen.show(helpLine(verb, form));
  if (form.example !== undefined) screen.show(`Example: ${form.example}`);
  const aliases = aliasesOf(verb);
  if (aliases.length > 0) screen.show(`Other names: ${aliases.join(', ')}`);
  return true;
}
