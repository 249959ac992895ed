import { join } from 'node:path';
import { defaultStateFolder } from '../../client-node/state-file.ts';
import { exitCodes } from '../../exit-codes.ts';
import { wireLimits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { ChatAddress } from '../../transport/address.ts';
import type { Complete } from '../editor/completion.ts';
import { LineSource } from '../line-source.ts';
import { isBlank, textProblem } from '../lines.ts';
import { PlainScreen } from '../plain-screen.ts';
import { PromptScreen } from '../prompt-screen.ts';
import type { Report } from '../report.ts';
import { isInteractive } from '../run-face.ts';
import type { Screen } from '../screen.ts';
import { HiddenLines } from './account/hidden-lines.ts';
import type { Accepting } from './files/accepted-files.ts';
import type { Downloads } from './files/downloads.ts';
import { Progress } from './files/progress.ts';
import { HistoryFile } from './input/history-file.ts';
import { type PipedChat, PipedLines } from './input/piped-lines.ts';
import { LinesAtOnce } from './input/several-lines.ts';
import type { SettingValues } from './session/settings.ts';

/** The checked options of `earshot join`, and what it runs with. */
export interface Joining extends Accepting {
  readonly name: string;
  readonly address: ChatAddress;
  readonly follow: readonly string[];
  /** What `!set` shows at first. */
  readonly settings: SettingValues;
  /** The folder where received files are saved. */
  readonly downloads: Downloads;
  /** The rate limit of piped lines after the first few, in lines per second; 0 is no limit. */
  readonly rate: number;
  readonly clock: Clock;
  /** Aborts when the user leaves. */
  readonly leaving: AbortController;
}

/** The parts of the terminal that a chat uses. */
export interface ChatTerminal {
  readonly screen: Screen;
  readonly progress: Progress;
  /** Undefined through pipes, where nobody can be asked for a password. */
  readonly hiddenLines: HiddenLines | undefined;
}

/** A chat over one of the protocols. */
export interface Chat extends PipedChat {
  /**
   * Calls `onReady` when the chat accepts lines, with a greeting and a line for the end of the first screen. Resolves
   * when the chat has ended.
   */
  run(onReady: (greeting: string, welcome?: string) => void): Promise<void>;
  /** Where received files go, and which: for the first screen. */
  readonly filesNotice: string;
  /** Executes a typed line; resolves when it is done. Never rejects. */
  obey(typed: string): Promise<void>;
  /** Whether the chat itself shows what was entered at a prompt, when it has its place. */
  readonly showsLines?: boolean;
  /** The user pressed Enter on an empty line. */
  onEmpty?(): void;
  /** The user pressed Ctrl-C. Without it, they leave. */
  interrupt?(): void;
  /** Resolves when no transfer is in progress. Call it after the chat has ended. */
  settled(): Promise<void>;
  /** Completes what is typed. */
  readonly complete: Complete;
  /** The final report; available after the chat has ended. */
  readonly report: Report;
  /** Whether something was not done other than the sending of a piped line: a command, or the sending of a file. */
  readonly isIncomplete: boolean;
}

/** Calls `open` synchronously, and runs the chat that it returns at a prompt or through pipes. */
export function chatInTerminal(open: (terminal: ChatTerminal) => Chat, joining: Joining): Promise<Report> {
  return isInteractive() ? chatAtPrompt(open, joining) : chatThroughPipes(open, joining);
}

async function chatAtPrompt(
  open: (terminal: ChatTerminal) => Chat,
  { clock, leaving }: Joining,
): Promise<Report> {
  const screen = new PromptScreen(process.stdin, process.stdout, process.env, clock);
  const hiddenLines = new HiddenLines(screen);
  const progress = new Progress(clock, (status) => screen.status(status, 'file'));
  const chat = open({ screen, progress, hiddenLines });
  leaving.signal.addEventListener('abort', () => hiddenLines.end());
  const onLine = (text: string): void => {
    if (hiddenLines.take(text)) return;
    if (isBlank(text)) {
      chat.onEmpty?.();
      return;
    }
    const problem = textProblem(text);
    if (problem === undefined) void chat.obey(text);
    else screen.problem(`That was not sent: ${problem}`);
  };
  const severalLines = new LinesAtOnce(screen, (line) => chat.obey(line));
  leaving.signal.addEventListener('abort', () => severalLines.cancel());
  const handlers = {
    onLine,
    onCancel: () => severalLines.cancel(),
    onLeave(): void {
      if (chat.interrupt === undefined || leaving.signal.aborted) leaving.abort();
      else chat.interrupt();
    },
    onEnd: () => leaving.abort(),
  };
  try {
    await chat.run((greeting, welcome) => {
      const next = chat.showsLines === true ? 'What you type goes to whoever follows it.' : 'Ctrl-C leaves.';
      screen.notice(`${greeting}. ${next}`);
      screen.notice(chat.filesNotice);
      if (welcome !== undefined) screen.notice(welcome);
      const path = join(defaultStateFolder(process.env), 'history');
      const history = new HistoryFile(path, (problem) => screen.problem(problem));
      const takesLines = chat.showsLines === true;
      screen.open(handlers, { complete: chat.complete, history, severalLines, focus: true, takesLines });
    });
    await chat.settled();
    return chat.report;
  } finally {
    screen.close();
    severalLines.removeFiles();
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
    // An open pipe would keep the process alive.
    process.stdin.destroy();
  }
}
