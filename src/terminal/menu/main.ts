import type { Client } from '../../client/client.ts';
import { exitCodes } from '../../exit-codes.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { type ServerOptions, trustedAddress } from '../dial.ts';
import { counted } from '../lines.ts';
import { type Report, refused } from '../report.ts';
import { isInteractive, runFace } from '../run-face.ts';
import { tellConnection, tellOffline } from '../tell-connection.ts';
import { Timeline } from '../timeline.ts';
import { DeliveryReporter } from './delivery-reporter.ts';
import type { Dialogue } from './dialogue.ts';
import { operate, operationsTold } from './operations.ts';
import { PipedDialogue } from './piped-dialogue.ts';
import { PlainDialogue } from './plain-dialogue.ts';
import { PromptDialogue } from './prompt-dialogue.ts';
import { signIn } from './sign-in.ts';

/** The server, and the name that an empty answer to the question for a name means. */
export type MenuOptions = ServerOptions & { readonly name?: string; readonly invitation?: string };

/**
 * `earshot menu`: the client of IS496, at a prompt or through pipes, until the user leaves. Resolves with the exit
 * code: 1 when the server refuses the login, ends it, or did not get all messages, or a script asked for what cannot be
 * done; 64 for invalid arguments; 69 when the server cannot be reached. Never rejects.
 */
export function runMenu(options: MenuOptions): Promise<number> {
  return runFace((clock, leaving) => signedIn(options, clock, leaving));
}

async function signedIn(options: MenuOptions, clock: Clock, leaving: AbortController): Promise<Report> {
  const address = await trustedAddress(options, clock, leaving.signal);
  if ('code' in address) return address;
  const dialogue = dialogueWith(leaving);
  // After a pipe has ended, nothing else keeps the process alive while the client waits to reconnect.
  const alive = setInterval(() => {}, 60_000);
  try {
    const { name, invitation } = options;
    const client = await signIn({ address, name, invitation, dialogue, clock, leaving: leaving.signal });
    return 'code' in client ? client : await converse(client, dialogue, clock, leaving);
  } finally {
    clearInterval(alive);
    dialogue.close();
  }
}

function dialogueWith(leaving: AbortController): Dialogue {
  if (isInteractive()) return new PromptDialogue(leaving);
  return process.stdin.isTTY ? new PlainDialogue(leaving.signal) : new PipedDialogue(leaving.signal);
}

async function converse(
  client: Client,
  dialogue: Dialogue,
  clock: Clock,
  leaving: AbortController,
): Promise<Report> {
  const { screen } = dialogue;
  const reporter = new DeliveryReporter(client, dialogue, clock);
  const timeline = new Timeline({ screen, clock, reader: client.name });
  let whyClosed: string | undefined;
  client.once('closed', ({ why }) => {
    whyClosed = why;
    timeline.close();
    leaving.abort();
  });
  leaving.signal.addEventListener('abort', () => void client.close());
  client.on('message', (message) => timeline.show(message));
  client.on('attachment', (attachment) => timeline.show(attachment));
  tellConnection(client, screen, timeline);
  tellOffline(client, screen);
  screen.notice(operationsTold);
  let stays = true;
  while (stays) {
    const typed = await dialogue.ask('Enter operation: ');
    stays = typed !== undefined && (await operate(typed, { client, dialogue, timeline, reporter }));
  }
  await client.close();
  await reporter.settled();
  if (whyClosed !== undefined) return refused(`the server has logged you out: ${whyClosed}`);
  if (reporter.unsent === 0) {
    const isFailure = !dialogue.isWithPerson && reporter.refused > 0;
    return { code: isFailure ? exitCodes.refused : exitCodes.ok };
  }
  return refused(`${counted(reporter.unsent, 'message')} did not reach the server`);
}
