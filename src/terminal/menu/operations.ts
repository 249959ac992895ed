import type { Client, History, HistoryOptions } from '../../client/client.ts';
import { LostError, RefusedError } from '../../client/errors.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { isUserName } from '../../protocol/names.ts';
import { hasControlCharacter, quoteShort } from '../../protocol/text.ts';
import { counted, historyLineOf, isBlank, textProblem } from '../lines.ts';
import type { Timeline } from '../timeline.ts';
import type { DeliveryReporter } from './delivery-reporter.ts';
import type { Dialogue } from './dialogue.ts';

export interface Menu {
  readonly client: Client;
  readonly dialogue: Dialogue;
  readonly timeline: Timeline;
  readonly reporter: DeliveryReporter;
}

interface Operation {
  /** What the user types. */
  readonly words: string;
  readonly does: string;
  /** Resolves with whether the user stays. */
  run(menu: Menu): Promise<boolean>;
}

/** The operations of IS496. */
const operations: readonly Operation[] = [
  { words: 'BM', does: 'broadcast', run: broadcast },
  { words: 'PM', does: 'private message', run: privateMessage },
  { words: 'CH', does: 'chat history', run: latestHistory },
  { words: 'CH ALL', does: 'all', run: wholeHistory },
  { words: 'EX', does: 'exit', run: async () => false },
];

/** A line that lists the operations. */
export const operationsTold = operations.map(({ words, does }) => `${words}: ${does}`).join(', ');

/** Executes a typed operation, in upper or lower case; resolves with whether the user stays. */
export async function operate(typed: string, menu: Menu): Promise<boolean> {
  const words = typed.trim().split(/\s+/).join(' ').toUpperCase();
  if (words === '') return true;
  const operation = operations.find((each) => each.words === words);
  if (operation !== undefined) return operation.run(menu);
  menu.reporter.onRefused();
  menu.dialogue.screen.problem(`${quoteShort(typed.trim())} is no operation. There are these:`);
  menu.dialogue.screen.notice(operationsTold);
  return true;
}

async function broadcast({ client, dialogue, reporter }: Menu): Promise<boolean> {
  dialogue.screen.notice('This goes to everybody who is online.');
  const text = await dialogue.ask('Enter message: ');
  if (text === undefined) return false;
  const problem = messageProblem(text);
  if (problem !== undefined) {
    reporter.onRefused();
    dialogue.screen.problem(`Nothing was sent: ${problem}.`);
    return true;
  }
  await reporter.deliver({
    what: 'The message to everybody',
    sending: client.broadcast(text),
    confirmation: (reached) =>
      reached === 0
        ? 'The message was sent; nobody else is online.'
        : `The message was sent to ${counted(reached, 'user')}.`,
  });
  return true;
}

/** Asks for name and message even if the name is invalid, so that a script knows what its next line means. */
async function privateMessage(menu: Menu): Promise<boolean> {
  const { client, dialogue, reporter } = menu;
  await tellWhoIsOnline(menu);
  const to = (await dialogue.ask('Enter user name: '))?.trim();
  if (to === undefined) return false;
  const text = await dialogue.ask('Enter message: ');
  if (text === undefined) return false;
  const problem = isUserName(to) ? messageProblem(text) : `${quoteShort(to)} is no user name`;
  if (problem !== undefined) {
    reporter.onRefused();
    dialogue.screen.problem(`Nothing was sent: ${problem}.`);
    return true;
  }
  await reporter.deliver({
    what: `The message to ${to}`,
    sending: client.sendTo(to, text),
    confirmation: (reached) =>
      reached === 0
        ? `${to} is not online; the message is kept, and stands in ${to}'s chat history.`
        : `The message was sent to ${to}.`,
  });
  return true;
}

async function tellWhoIsOnline(menu: Menu): Promise<void> {
  const { client, dialogue } = menu;
  const names = await answerTo(client.list(), 'The list of online users is not available', menu);
  const others = names?.filter((name) => name !== client.name);
  if (others === undefined) return;
  dialogue.screen.notice(others.length === 0 ? 'Nobody else is online.' : `Online: ${others.join(', ')}`);
}

async function latestHistory(menu: Menu): Promise<boolean> {
  const first = (await tellHistory(menu, { limit: historyLines }))[0];
  if (first !== undefined) menu.timeline.divide(endOfHistory);
  if (first?.position === undefined) return true;
  const earlier = await answerTo(menu.client.history({ before: first.position, limit: 1 }), noHistory, menu);
  if ((earlier?.entries.length ?? 0) > 0) {
    menu.dialogue.screen.notice(`Those were the last ${historyLines}; CH ALL shows them all.`);
  }
  return true;
}

async function wholeHistory(menu: Menu): Promise<boolean> {
  let after = 0;
  for (;;) {
    const last = (await tellHistory(menu, { after, limit: historyLines })).at(-1)?.position;
    if (last === undefined) break;
    after = last;
  }
  if (after > 0) menu.timeline.divide(endOfHistory);
  return true;
}

/** Shows one page of history and resolves with it; with an empty one when there is no more, or the request failed. */
async function tellHistory(menu: Menu, options: HistoryOptions): Promise<History['entries']> {
  const { timeline } = menu;
  const { screen } = menu.dialogue;
  const page = await answerTo(menu.client.history(options), noHistory, menu);
  if (page === undefined) return [];
  if (page.gaps.length > 0) screen.notice('The server no longer keeps some of the messages.');
  if (page.entries.length === 0 && (options.after ?? 0) === 0) screen.notice('Nothing was said yet.');
  const isFirst = page.entries.length > 0 && (options.after ?? 0) === 0;
  if (isFirst) timeline.divide('chat history');
  for (const entry of page.entries) {
    if (screen.isTerminal) timeline.show(entry);
    else screen.show(historyLineOf(entry));
  }
  return page.entries;
}

const { historyLines } = wireLimits;
const endOfHistory = 'end of the chat history';
const noHistory = 'The chat history is not available';

/** Resolves with the server's answer; with undefined when there is none, after showing `failure` with the reason. */
async function answerTo<Answer>(
  asking: Promise<Answer>,
  failure: string,
  { dialogue: { screen } }: Menu,
): Promise<Answer | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof RefusedError) screen.problem(`${failure}: ${error.reason}.`);
    else if (!(error instanceof LostError)) throw error;
    else if (error.reason !== 'closed') screen.problem(`${failure} while there is no connection.`);
    return undefined;
  }
}

/** Returns why `text` cannot be a message; undefined when it can. */
function messageProblem(text: string): string | undefined {
  if (isBlank(text)) return 'the message is empty';
  if (hasControlCharacter(text)) return 'the message holds control characters';
  return textProblem(text, 'the message');
}
