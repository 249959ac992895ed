import { quoteShort } from '../../protocol/text.ts';
import type { AttachedFile, TransferOptions } from '../client.ts';
import { FileError } from '../errors.ts';
import { BytesSink, StreamSink } from '../fetched-bytes.ts';
import type { HostFiles } from '../host.ts';
import type { Transfers } from './transfers.ts';

const maxBytesUnasked = 16 * 1024 * 1024;

/** Implements `Client.fetch`. */
export function fetchInto(
  transfers: Transfers,
  files: HostFiles,
  attachment: AttachedFile,
  path: string,
  options: TransferOptions,
): Promise<string> {
  const create: Parameters<Transfers['fetch']>[1] = async (handlers) => {
    const folder = files.folder(path);
    const problem = await folder.problem();
    if (problem !== undefined)
      throw new FileError(`files cannot be saved in ${quoteShort(path)}: ${problem}`, problem);
    return folder.create(attachment.name, handlers);
  };
  return transfers.fetch(attachment, create, options);
}

/** Implements `Client.fetchBytes`. */
export async function fetchBytes(
  transfers: Transfers,
  attachment: AttachedFile,
  options: TransferOptions & { readonly maxBytes?: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const { maxBytes = maxBytesUnasked } = options;
  if (attachment.bytes > maxBytes) {
    throw new FileError(
      `${quoteShort(attachment.name)} has ${attachment.bytes} bytes, and at most ${maxBytes} are wanted`,
    );
  }
  let sink: BytesSink | undefined;
  const create: Parameters<Transfers['fetch']>[1] = async (handlers) => {
    sink = new BytesSink(attachment.bytes, handlers);
    return sink;
  };
  await transfers.fetch(attachment, create, options);
  return sink?.bytes ?? new Uint8Array();
}

/** Implements `Client.fetchStream`. The download begins with the first step. */
export async function* fetchStream(
  transfers: Transfers,
  attachment: AttachedFile,
  { signal, onProgress }: TransferOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const left = new AbortController();
  const sink = new StreamSink();
  const done = transfers
    .fetch(attachment, async (handlers) => sink.begin(handlers), {
      signal: signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]),
      ...(onProgress === undefined ? {} : { onProgress }),
    })
    .then(
      () => sink.end({}),
      (error: unknown) => sink.end({ error }),
    );
  try {
    for (let chunk = await sink.next(); chunk !== undefined; chunk = await sink.next()) yield chunk;
  } finally {
    left.abort(new Error('The stream was left'));
    await done;
  }
}
