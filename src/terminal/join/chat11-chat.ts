import type { Client } from '../../client/client.ts';
import { exitCodes } from '../../exit-codes.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8 } from '../../protocol/text.ts';
import { LineSource } from '../line-source.ts';
import { PlainScreen } from '../plain-screen.ts';
import { PromptScreen } from '../prompt-screen.ts';
import type { Report } from '../report.ts';
import { isInteractive } from '../run-face.ts';
import { parseLine } from './commands.ts';
import { Conversation } from './conversation.ts';
import { Files } from './files.ts';
import { HiddenLines } from './hidden-lines.ts';
import type { Joining } from './joining.ts';
import { type PipedChat, PipedLines } from './piped-lines.ts';
import { Progress } from './progress.ts';
import { isBlank, textProblem } from './typed-line.ts';

/** Chats as the user whom `client` is. To be called in the turn in which it came. */
export function chatOverChat11(client: Client, joining: Joining): Promise<Report> {
  return isInteractive() ? chatAtPrompt(client, joining) : chatThroughPipes(client, joining);
}

async function chatAtPrompt(client: Client, { downloads, clock, leaving }: Joining): Promise<Report> {
  const screen = new PromptScreen(process.stdin, process.stdout, process.env);
  const progress = new Progress(clock, (status) => screen.status(status));
  const files = new Files(client, screen, downloads, progress);
  const hiddenLines = new HiddenLines(screen);
  const chat = new Conversation({ client, screen, files, clock, leaving, hiddenLines });
  const onLine = (text: string) => {
    if (hiddenLines.take(text)) return;
    if (isBlank(text)) return;
    const problem = textProblem(text);
    if (problem === undefined) void chat.obey(parseLine(text));
    else screen.problem(`That was not sent: ${problem}`);
  };
  leaving.signal.addEventListener('abort', () => hiddenLines.end());
  const greeting = client.isGuest ? 'Registration successful' : `Logged in as ${client.name}`;
  screen.notice(`${greeting}. What you type goes to those who follow it; Ctrl-C leaves.`);
  screen.open({ onLine, onLeave: () => leaving.abort() });
  try {
    await chat.closed;
    await files.settled();
    return chat.report;
  } finally {
    screen.close();
  }
}

/** More lines than this are not read ahead of the server. */
const maxWaiting = 256;

async function chatThroughPipes(
  client: Client,
  { downloads, rate, clock, leaving }: Joining,
): Promise<Report> {
  const screen = new PlainScreen(process.stdout, process.stderr, process.env);
  const files = new Files(client, screen, downloads, new Progress(clock, () => {}));
  const chat = new Conversation({ client, screen, files, clock, leaving, hiddenLines: undefined });
  const source = new LineSource(process.stdin, wireLimits.textBytes);
  const lines = new PipedLines({ chat: pipeTo(chat), screen, clock, rate, lines: source });
  const sent = lines.send();
  try {
    await chat.closed;
    lines.stop();
    await sent;
    await files.settled();
    const { report } = chat;
    const isIncomplete = report.code === exitCodes.ok && (lines.unsentLines > 0 || chat.isIncomplete);
    return isIncomplete ? { ...report, code: exitCodes.refused } : report;
  } finally {
    // A pipe that stays open would keep the program from ending.
    process.stdin.destroy();
  }
}

/** Texts go out side by side, a command when all before it is done: so the answers have the order of the lines. */
function pipeTo(chat: Conversation): PipedChat {
  return {
    closed: chat.closed,
    takesBytes: false,
    async take(line) {
      const typed = parseLine(decodeUtf8(line) ?? '');
      const isText = typed.kind === 'text';
      await chat.waitsForAtMost(isText ? maxWaiting : 0);
      const done = chat.obey(typed);
      if (!isText) await done;
      return true;
    },
    leave: () => chat.leave(),
  };
}
