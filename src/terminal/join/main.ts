import { Chat10Client } from '../../client/chat10-client.ts';
import { DownloadFolder } from '../../client/download-folder.ts';
import type { Clock } from '../../clock.ts';
import { exitCodes } from '../../exit-codes.ts';
import { parseTermList } from '../../protocol/chat10/request.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { hasControlCharacter, quoteShort } from '../../protocol/text.ts';
import { termProblem } from '../../protocol/words.ts';
import { parseChatAddress } from '../../transport/address.ts';
import type { Connection } from '../../transport/connection.ts';
import { dial } from '../dial.ts';
import { LineSource } from '../line-source.ts';
import { PlainScreen } from '../plain-screen.ts';
import { PromptScreen } from '../prompt-screen.ts';
import { type Report, usage } from '../report.ts';
import { isInteractive, runFace } from '../run-face.ts';
import { reportOf } from './ending.ts';
import { JoinFace } from './face.ts';
import { PipedLines } from './piped-lines.ts';
import { Progress } from './progress.ts';
import { isBlank, textProblem } from './typed-line.ts';

export interface JoinOptions {
  readonly name: string;
  /** `chat://host:port`. */
  readonly address: string;
  /** Terms with commas between them; empty for none. */
  readonly follow: string;
  /** The folder where received files are saved. */
  readonly downloads: string;
  /** Lines a second that go out of a pipe after the first few; 0 is no limit. */
  readonly rate: number;
}

/**
 * `earshot join`: chat in this terminal, or through pipes, until the user or the server ends it. Resolves with
 * the exit code: 0 also when the server shuts down, 1 when it refuses or is lost or when a piped line or a file
 * could not be sent, 64 for arguments that make no sense, 69 when it cannot be reached. Never rejects.
 */
export function join(options: JoinOptions): Promise<number> {
  return runFace((clock, leaving) => joined(options, clock, leaving));
}

async function joined(options: JoinOptions, clock: Clock, leaving: AbortController): Promise<Report> {
  const parsed = parseChatAddress(options.address);
  if (!parsed.ok) {
    return usage(`${quoteShort(options.address)} is not an address: ${parsed.problem}`);
  }
  const folder = new DownloadFolder(options.downloads);
  const problem = argumentProblem(options) ?? (await folderProblem(options, folder));
  if (problem !== undefined) return usage(problem);
  const connection = await dial(parsed.address, clock, leaving.signal);
  if ('code' in connection) return connection;
  return chat(connection, options, { folder, clock, leaving });
}

/** What cannot even be put on the wire; which names are good is for the server to say. */
function argumentProblem({ name, follow }: JoinOptions): string | undefined {
  if (name === '' || hasControlCharacter(name)) {
    return 'a name may not be empty or hold control characters';
  }
  for (const term of parseTermList(follow)) {
    const problem = termProblem(term);
    if (problem !== undefined) return `${quoteShort(term)} cannot be followed: ${problem}`;
  }
  return undefined;
}

async function folderProblem(options: JoinOptions, folder: DownloadFolder): Promise<string | undefined> {
  const problem = await folder.problem();
  return problem && `files cannot be saved in ${quoteShort(options.downloads)}: ${problem}`;
}

interface Surroundings {
  readonly folder: DownloadFolder;
  readonly clock: Clock;
  readonly leaving: AbortController;
}

function chat(connection: Connection, options: JoinOptions, around: Surroundings): Promise<Report> {
  return isInteractive()
    ? chatAtPrompt(connection, options, around)
    : chatThroughPipes(connection, options, around);
}

async function chatAtPrompt(
  connection: Connection,
  { name, follow }: JoinOptions,
  { folder, clock, leaving }: Surroundings,
): Promise<Report> {
  const screen = new PromptScreen(process.stdin, process.stdout, process.env);
  const progress = new Progress(clock, (status) => screen.status(status));
  const face = new JoinFace(screen, folder, progress, () => {
    screen.notice('Registration successful. What you type goes to those who follow it; Ctrl-C leaves.');
    screen.open({ onLine, onLeave: () => leaving.abort() });
  });
  const client = new Chat10Client(connection, { name, follow: parseTermList(follow), clock, face });
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
  { name, follow, rate }: JoinOptions,
  { folder, clock, leaving }: Surroundings,
): Promise<Report> {
  const screen = new PlainScreen(process.stdout, process.stderr, process.env);
  let lines: PipedLines | undefined;
  let sent: Promise<void> | undefined;
  const face = new JoinFace(screen, folder, new Progress(clock, () => {}), () => {
    const source = new LineSource(process.stdin, wireLimits.textBytes);
    lines = new PipedLines({ client, screen, clock, rate, lines: source });
    sent = lines.send();
  });
  const client = new Chat10Client(connection, { name, follow: parseTermList(follow), clock, face });
  leaving.signal.addEventListener('abort', () => void client.quit());
  try {
    const report = reportOf(await client.run(), name);
    lines?.stop();
    await sent;
    const isIncomplete = report.code === exitCodes.ok && (lines?.unsentLines ?? 0) + face.unsentFiles > 0;
    return isIncomplete ? { ...report, code: exitCodes.refused } : report;
  } finally {
    // A pipe that stays open would keep the program from ending.
    process.stdin.destroy();
  }
}
