import type { AnnouncedFile, Chat10Handlers } from '../../client/chat10/chat10-handlers.ts';
import type { FileSink, FileSource, SavedFileHandlers } from '../../client/file-streams.ts';
import { systemProblem } from '../../client/system-error.ts';
import type { DownloadFolder } from '../../client-node/download-folder.ts';
import { openFileToSend } from '../../client-node/file-to-send.ts';
import { baseName } from '../../protocol/file-names.ts';
import type { Screen } from '../screen.ts';
import type { Progress, Transfer } from './progress.ts';

/** The handlers of `earshot join` for CHAT/1.0: lines go to the screen, files to a folder. */
export class JoinHandlers implements Chat10Handlers {
  readonly #screen: Screen;
  readonly #folder: DownloadFolder;
  readonly #progress: Progress;
  readonly #onRegistered: () => void;
  #unsentFiles = 0;

  constructor(screen: Screen, folder: DownloadFolder, progress: Progress, onRegistered: () => void) {
    this.#screen = screen;
    this.#folder = folder;
    this.#progress = progress;
    this.#onRegistered = onRegistered;
  }

  /** How many requested files could not be read; each was reported. */
  get unsentFiles(): number {
    return this.#unsentFiles;
  }

  onRegistered(): void {
    this.#onRegistered();
  }

  onText(line: string): void {
    this.#screen.show(line);
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

  async saveFile(announced: AnnouncedFile): Promise<FileSink> {
    const sink = await this.#folder.create(announced.file, this.#tell(announced));
    return watchedSink(sink, this.#progress.begin(announced.file, announced.bytes));
  }

  #tell({ file, origin, bytes }: AnnouncedFile): SavedFileHandlers {
    const size = bytes === 1 ? '1 byte' : `${bytes} bytes`;
    const whence = origin === undefined ? '' : ` from ${origin}`;
    return {
      onSaved: (name) => this.#screen.notice(`Received ${name} (${size})${whence}`),
      onFailed: (reason) => this.#screen.problem(`${file} (${size})${whence} could not be saved: ${reason}`),
      onAbandoned: () =>
        this.#screen.problem(`${file} (${size})${whence} did not come whole; nothing of it was kept`),
    };
  }
}

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
