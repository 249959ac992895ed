import { join } from 'node:path';
import type { AnnouncedFile, Chat10Handlers } from '../../../client/chat10/chat10-handlers.ts';
import type { FileSink, FileSource, SavedFileHandlers } from '../../../client/file-streams.ts';
import { systemProblem } from '../../../client/system-error.ts';
import { DownloadFolder } from '../../../client-node/download-folder.ts';
import { openFileToSend } from '../../../client-node/file-to-send.ts';
import { baseName } from '../../../protocol/file-names.ts';
import { isUserName } from '../../../protocol/names.ts';
import { quoteShort } from '../../../protocol/text.ts';
import { shownFileName } from '../../entry-line.ts';
import { isRefusal, type Screen } from '../../screen.ts';
import { humanSize } from '../../sizes.ts';
import { AcceptedFiles, type Accepting } from '../files/accepted-files.ts';
import { type Downloads, shownPath } from '../files/downloads.ts';
import type { Progress, Transfer } from '../files/progress.ts';
import type { FollowedPeople } from './chat10-files.ts';
import { chat10Shown } from './chat10-lines.ts';

export interface JoinHandlersOptions extends Accepting {
  readonly name: string;
  readonly downloads: Downloads;
}

/** The handlers of `earshot join` for CHAT/1.0: lines go to the screen, accepted files to a folder. */
export class JoinHandlers implements Chat10Handlers {
  readonly #screen: Screen;
  readonly #downloads: Downloads;
  readonly #folder: DownloadFolder;
  readonly #accepted: AcceptedFiles;
  readonly #people: FollowedPeople;
  readonly #progress: Progress;
  readonly #onRegistered: () => void;
  #unsentFiles = 0;
  #refusals = 0;

  constructor(
    screen: Screen,
    options: JoinHandlersOptions,
    people: FollowedPeople,
    progress: Progress,
    onRegistered: () => void,
  ) {
    const { downloads, name } = options;
    this.#screen = screen;
    this.#downloads = downloads;
    this.#folder = new DownloadFolder(downloads.path, downloads.isDefault);
    this.#accepted = new AcceptedFiles(options, name);
    this.#people = people;
    this.#progress = progress;
    this.#onRegistered = onRegistered;
  }

  /** How many requested files could not be read; each was reported. */
  get unsentFiles(): number {
    return this.#unsentFiles;
  }

  /** How many refusals the server has sent, each an answer to a command. */
  get refusals(): number {
    return this.#refusals;
  }

  onRegistered(): void {
    this.#onRegistered();
  }

  onText(line: string): void {
    if (isRefusal(line)) this.#refusals += 1;
    this.#screen.show(this.#screen.isTerminal ? chat10Shown(line) : line);
  }

  onProblem(problem: string): void {
    this.#screen.problem(problem);
  }

  async openFile(path: string): Promise<FileSource | undefined> {
    try {
      const source = await openFileToSend(path);
      return watchedSource(source, this.#progress.begin(baseName(path), source.bytes));
    } catch (error) {
      this.#unsentFiles += 1;
      this.#screen.problem(`${path} cannot be attached: ${systemProblem(error)}`);
      return undefined;
    }
  }

  /** Over CHAT/1.0 the bytes of a file come at once: those of a file that is not accepted are read and discarded. */
  async saveFile(announced: AnnouncedFile): Promise<FileSink> {
    const refusal = this.#accepted.refusal(this.#people.matched(announced.origin), announced.bytes);
    if (refusal !== undefined) {
      this.#screen.notice(`${this.#described(announced)} was not saved: ${refusal} (see --accept)`);
      return discarded;
    }
    const sink = await this.#folder.create(announced.file, this.#tell(announced));
    return watchedSink(sink, this.#progress.begin(announced.file, announced.bytes));
  }

  /** `menu.txt (18 bytes) from bob`. On a terminal, where people read it, quotes show where the server's words end. */
  #described({ file, origin, bytes }: AnnouncedFile): string {
    const { isTerminal } = this.#screen;
    const name = isTerminal ? shownFileName(file) : file;
    const sender = isTerminal && origin !== undefined && !isUserName(origin) ? quoteShort(origin) : origin;
    return `${name} (${humanSize(bytes)})${sender === undefined ? '' : ` from ${sender}`}`;
  }

  #tell(announced: AnnouncedFile): SavedFileHandlers {
    const told = this.#described(announced);
    return {
      onSaved: (name) => {
        const path = shownPath(join(this.#downloads.path, name));
        this.#screen.notice(`Received ${this.#described({ ...announced, file: name })}: ${path}`);
      },
      onFailed: (reason) => this.#screen.problem(`${told} could not be saved: ${reason}`),
      onAbandoned: () => this.#screen.problem(`${told} did not come whole; nothing of it was kept`),
    };
  }
}

const discarded: FileSink = { write: async () => {}, finish: async () => {}, abandon: async () => {} };

function watchedSource(source: FileSource, transfer: Transfer): FileSource {
  return {
    bytes: source.bytes,
    async read(most) {
      const chunk = await source.read(most);
      transfer.advance(chunk.length);
      return chunk;
    },
    close() {
      transfer.end();
      return source.close();
    },
  };
}

function watchedSink(sink: FileSink, transfer: Transfer): FileSink {
  return {
    write(chunk) {
      transfer.advance(chunk.length);
      return sink.write(chunk);
    },
    finish() {
      transfer.end();
      return sink.finish();
    },
    abandon() {
      transfer.end();
      return sink.abandon();
    },
  };
}
