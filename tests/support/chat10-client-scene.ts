import { Chat10Client } from '../../src/client/chat10/chat10-client.ts';
import type { Chat10Ending, Chat10Handlers } from '../../src/client/chat10/chat10-handlers.ts';
import type { FileSource } from '../../src/client/file-streams.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/protocol/text.ts';
import { FakeClock } from './fake-clock.ts';
import { HeldConnection } from './held-connection.ts';

/** Handlers that record their calls; `files` are those that can be sent. */
export function recorder(files: Readonly<Record<string, string>> = {}) {
  const events: string[] = [];
  const handlers: Chat10Handlers = {
    onRegistered: () => events.push('registered'),
    onText: (line) => events.push(`text ${line}`),
    onProblem: (problem) => events.push(`problem ${problem}`),
    async openFile(path) {
      const content = files[path];
      return content === undefined ? undefined : sourceOf(content);
    },
    async saveFile({ file, origin, bytes }) {
      let content = '';
      return {
        write: async (chunk) => {
          content += decodeUtf8(chunk) ?? '?';
        },
        finish: async () => void events.push(`file ${file} of ${bytes} from ${origin}: ${content}`),
        abandon: async () => void events.push(`no file ${file}`),
      };
    },
  };
  return { handlers, events };
}

export function sourceOf(content: string, bytes = content.length): FileSource {
  let rest = encodeUtf8(content);
  return {
    bytes,
    async read(most) {
      const chunk = rest.subarray(0, Math.min(most, 3));
      rest = rest.subarray(chunk.length);
      return chunk;
    },
    close: async () => {},
  };
}

export function started(files?: Readonly<Record<string, string>>, follow: readonly string[] = []) {
  const wire = new HeldConnection();
  const clock = new FakeClock();
  const { handlers, events } = recorder(files);
  const client = new Chat10Client(wire, { name: 'alice', follow, clock, handlers });
  const ending: Promise<Chat10Ending> = client.run();
  return { wire, clock, events, client, ending };
}

/** Lets pending promises settle. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

export const registered = '200 Registration successful\n';
