import { exitCodes } from '../../exit-codes.ts';
import { wireLimits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { ChatAddress } from '../../transport/address.ts';
import { LineSource } from '../line-source.ts';
import { isBlank, textProblem } from '../lines.ts';
import { PlainScreen } from '../plain-screen.ts';
import { PromptScreen } from '../prompt-screen.ts';
import type { Report } from '../report.ts';
import { isInteractive } from '../run-face.ts';
import type { Screen } from '../screen.ts';
import { HiddenLines } from './hidden-lines.ts';
import { type PipedChat, PipedLines } from './piped-lines.ts';
import { Progress } from './progress.ts';

/** What `earshot join` was told, checked, and what it runs with. */
export interface Joining {
  readonly name: string;
  readonly address: ChatAddress;
  readonly follow: readonly string[];
  /** The folder where received files are saved. */
  readonly downloads: string;
  /** Lines a second that go out of a pipe after the first few; 0 is no limit. */
  readonly rate: number;
  readonly clock: Clock;
  /** Aborts when the user goes. */
  readonly leaving: AbortController;
}

/** Where a chat shows what happens. */
export interface ChatTerminal {
  readonly screen: Screen;
  readonly progress: Progress;
  /** Undefined where nobody can be asked for anything. */
  readonly hiddenLines: HiddenLines | undefined;
}

/** A chat over whatever protocol. */
export interface Chat extends PipedChat {
  /** Calls `onReady` with a greeting when lines may come. Resolves when the chat is over. */
  run(onReady: (greeting: string) => void): Promise<void>;
  /** Does what was typed; resolves when it is done. Never rejects. */
  obey(typed: string): Promise<void>;
  /** Resolves when nothing is on its way any more, once the chat is over. */
  settled(): Promise<void>;
  /** What the user is told at the end. */
  readonly report: Report;
  /** Something other than a line of a pipe was to be sent and was not. */
  readonly isIncomplete: boolean;
}

/** Runs the chat that `open` makes, which it calls before it returns, at a prompt or through pipes. */
export function chatInTerminal(open: (terminal: ChatTerminal) => Chat, joining: Joining): Promise<Report> {
  return isInteractive() ? chatAtPrompt(open, joining) : chatThroughPipes(open, joining);
}

async function chatAtPrompt(
  open: (terminal: ChatTerminal) => Chat,
  { clock, leaving }: Joining,
): Promise<Report> {
  const screen = new PromptScreen(process.stdin, process.stdout, process.env);
  const hiddenLines = new HiddenLines(screen);
  const progress = new Progress(clock, (status) => screen.status(status));
  const chat = open({ screen, progress, hiddenLines });
  leaving.signal.addEventListener('abort', () => hiddenLines.end());
  const onLine = (text: string): void => {
    if (hiddenLines.take(text) || isBlank(text)) return;
    const problem = textProblem(text);
    if (problem === undefined) void chat.obey(text);
    else screen.problem(`That was not sent: ${problem}`);
  };
  try {
    await chat.run((greeting) => {
      screen.notice(`${greeting}. What you type goes to those who follow it; Ctrl-C leaves.`);
      screen.open({ onLine, onLeave: () => leaving.abort() });
    });
    await chat.settled();
    return chat.report;
  } finally {
    screen.close();
  }
}

async function chatThroughPipes(
  open: (terminal: ChatTerminal) => Chat,
  { rate, clock }: Joining,
): Promise<Report> {
  const screen = new PlainScreen(process.stdout, process.stderr, process.env);
  const chat = open({ screen, progress: new Progress(clock, () => {}), hiddenLines: undefined });
  let lines: PipedLines | undefined;
  let sent: Promise<void> | undefined;
  try {
    await chat.run(() => {
      const source = new LineSource(process.stdin, wireLimits.textBytes);
      lines = new PipedLines({ chat, screen, clock, rate, lines: source });
      sent = lines.send();
    });
    lines?.stop();
    await sent;
    await chat.settled();
    const { report } = chat;
    const isIncomplete = chat.isIncomplete || (lines?.unsentLines ?? 0) > 0;
    return report.code === exitCodes.ok && isIncomplete ? { ...report, code: exitCodes.refused } : report;
  } finally {
    // A pipe that stays open would keep the program from ending.
    process.stdin.destroy();
  }
}
