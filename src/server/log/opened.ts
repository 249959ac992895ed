import type { Thread } from '../sqlite/thread.ts';

/** Why the log cannot be opened: one sentence for the operator. */
export class LogOpenError extends Error {
  override readonly name = 'LogOpenError';
}

/** Waits for the worker's first message that `skip` does not take. */
export function opened<To, From extends { kind: string }>(
  worker: Thread<To, From>,
  skip: (message: From) => boolean = () => false,
): Promise<From & { kind: 'opened' }> {
  return new Promise((resolve, reject) => {
    worker.listen((message) => {
      if (skip(message)) return;
      if (isOpened(message)) resolve(message);
      else reject(new LogOpenError('problem' in message ? String(message.problem) : 'the log does not open'));
    });
    void worker.ended.then(({ error }) => {
      reject(new LogOpenError(`the log cannot be opened (${error?.message ?? 'its thread ended'})`));
    });
  });
}

function isOpened<From extends { kind: string }>(message: From): message is From & { kind: 'opened' } {
  return message.kind === 'opened';
}
