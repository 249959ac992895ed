import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from 'pino';

/** A command that hangs must not stay for ever. */
const tellingMs = 30_000;

/**
 * Tells systemd that the server is ready, if systemd waits for that (`Type=notify` sets NOTIFY_SOCKET). Node has no
 * datagram sockets in the file system, so systemd's own command sends the message. Does not reject: a failure leaves a
 * warning in the log.
 */
export async function tellReady(env: NodeJS.ProcessEnv, logger: Pick<Logger, 'warn'>): Promise<void> {
  if (!env.NOTIFY_SOCKET) return;
  try {
    await promisify(execFile)('systemd-notify', ['--ready'], { env, timeout: tellingMs });
  } catch (error) {
    logger.warn({ err: error }, 'cannot tell systemd that the server is ready, so systemd waits');
  }
}
