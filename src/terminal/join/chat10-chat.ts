import { Chat10Client } from '../../client/chat10/chat10-client.ts';
import { DownloadFolder } from '../../client-node/download-folder.ts';
import { exitCodes } from '../../exit-codes.ts';
import { wireLimits } from '../../protocol/limits.ts';
import type { Connection } from '../../transport/connection.ts';
import { LineSource } from '../line-source.ts';
import { PlainScreen } from '../plain-screen.ts';
import { PromptScreen } from '../prompt-screen.ts';
import type { Report } from '../report.ts';
import { isInteractive } from '../run-face.ts';
import { reportOf } from './chat10-ending.ts';
import { JoinHandlers } from './chat10-handlers.ts';
import { Chat10Pipe } from './chat10-pipe.ts';
import type { Joining } from './joining.ts';
import { PipedLines } from './piped-lines.ts';
import { Progress } from './progress.ts';
import { defaultDownloads } from './saving.ts';
import { isBlank, textProblem } from './typed-line.ts';

/** Chats with a server that knows CHAT/1.0 only. To be called in the turn in which the connection came. */
export function chatOverChat10(connection: Connection, joining: Joining): Promise<Report> {
  return isInteractive() ? chatAtPrompt(connection, joining) : chatThroughPipes(connection, joining);
}

async function chatAtPrompt(
  connection: Connection,
  { name, follow, downloads, clock, leaving }: Joining,
): Promise<Report> {
  const screen = new PromptScreen(process.stdin, process.stdout, process.env);
  const progress = new Progress(clock, (status) => screen.status(status));
  const handlers = new JoinHandlers(
    screen,
    new DownloadFolder(downloads, downloads === defaultDownloads),
    progress,
    () => {
      screen.notice('Registration successful. What you type goes to those who follow it; Ctrl-C leaves.');
      screen.open({ onLine, onLeave: () => leaving.abort() });
    },
  );
  const client = new Chat10Client(connection, { name, follow, clock, handlers });
  const onLine = (text: string) => {
    if (isBlank(text)) return;
    const problem = textProblem(text);
    if (problem === undefined) void client.say(text);
    else screen.problem(`That was not sent: ${problem}`);
  };
  leaving.signal.addEventListener('abort', () => void client.quit());
  try {
    return reportOf(await client.run(), name);
  } finally {
    screen.close();
  }
}

async function chatThroughPipes(
  connection: Connection,
  { name, follow, downloads, rate, clock, leaving }: Joining,
): Promise<Report> {
  const screen = new PlainScreen(process.stdout, process.stderr, process.env);
  let lines: PipedLines | undefined;
  let sent: Promise<void> | undefined;
  const progress = new Progress(clock, () => {});
  const handlers = new JoinHandlers(
    screen,
    new DownloadFolder(downloads, downloads === defaultDownloads),
    progress,
    () => {
      const source = new LineSource(process.stdin, wireLimits.textBytes);
      const chat = new Chat10Pipe(client, screen, clock);
      lines = new PipedLines({ chat, screen, clock, rate, lines: source });
      sent = lines.send();
    },
  );
  const client = new Chat10Client(connection, { name, follow, clock, handlers });
  leaving.signal.addEventListener('abort', () => void client.quit());
  try {
    const report = reportOf(await client.run(), name);
    lines?.stop();
    await sent;
    const isIncomplete = report.code === exitCodes.ok && (lines?.unsentLines ?? 0) + handlers.unsentFiles > 0;
    return isIncomplete ? { ...report, code: exitCodes.refused } : report;
  } finally {
    // A pipe that stays open would keep the program from ending.
    process.stdin.destroy();
  }
}
